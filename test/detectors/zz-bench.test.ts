import { test } from 'vitest';
import { correlationEsr } from '../../detectors/correlation-e-sr.js';
import { seededRandom } from './seeded-random.js';
test('corr', () => {
  for (const [r0,r1,w,at] of [[-.6,0,.1,200],[-.6,.4,.1,200],[-.6,-.3,.1,200],[-.3,.3,.1,200]] as const) {
    const go=(pre:number,post:number,seed:number)=>{ const r=seededRandom(seed); const st=correlationEsr.init(correlationEsr.config.parse({}),{kind:'relationship',sides:{x:'mean',y:'mean'},harmful:'either',log_threshold:Math.log(650)});
     const e={level:100,standard_error:0,value_sd:10,dispersion:1,is_sufficient:true};
     let first:any=null;
     for(let i=0;;i++){ const rho=i<at?pre:post; const x=r.normal(), y=rho*x+Math.sqrt(1-rho*rho)*r.normal();
       const side=(z:number)=>({n:25,total:25*(100+z*2),exposure_ms:0,total_squares:0,expected:e});
       const v=correlationEsr.step(st,{start_us:i,end_us:i+1,...side(x),paired:side(y),expected_correlation:{correlation:r0,correlation_low:Math.tanh(Math.atanh(r0)-w),correlation_high:Math.tanh(Math.atanh(r0)+w),x_sd:1,y_sd:1,is_sufficient:true}}).verdict;
       if(v.state==='drift' && !first) { if (i<at) return null; first={i:i+1-at,v}; }
       if (first && i===at+60) return {...first, later:v};
       } };
    const lab:Record<string,number>={}, later:Record<string,number>={}; let d=0,since=0,rr=0,k=0,mode=0; for(let i=0;i<400;i++){ const o=go(r0,r1,i+1); if(!o) continue; k++; d+=o.i; since+=o.v.units_since_change; rr+=o.v.details.r; const l=String(o.v.label); lab[l]=(lab[l]??0)+1; const m=o.later.label+o.later.details.is_label_provisional; later[m]=(later[m]??0)+1; }
    console.log(r0,r1,w,'k',k,'delay',d/k,'since',since/k,'r',rr/k,lab,later);
  }
});

/**
 * What is said on simulated calls: plain ASCII without quotes or backslashes, so that a phrase stands in JSON as it is.
 * Commitments use the words that commitment language is read by; the other phrases keep clear of them.
 */

export const AGENT_PHRASES = [
  'hello this is alex calling about your current plan',
  'how are you doing today',
  'am i speaking with the person who looks after this at home',
  'most of your neighbours pay a little less than you do now',
  'what matters most to you in a plan like this',
  'that makes sense and many people tell me the same',
  'the new rate covers the whole year without extra fees',
  'may i ask how long you have been with your provider',
  'i understand and i hear that quite often',
  'there is no charge for looking at the numbers',
  'could you tell me roughly what you pay each month',
  'thank you for taking the time to talk to me',
] as const;

export const AGENT_COMMITMENTS = [
  'i can book you in for tuesday',
  'we will send the contract today',
  'i will call you back tomorrow at ten',
  'i will schedule the visit for friday morning',
  'we will get the paperwork over to you this afternoon',
  'we will set up the appointment for next week',
] as const;

export const CALLEE_PHRASES = [
  'hello who is this',
  'yes speaking',
  'what is this about',
  'okay go on',
  'i see',
  'how much would that be',
  'about ninety dollars a month',
  'for three years now i think',
  'hm that sounds reasonable',
  'can you say that again please',
] as const;

export const CALLEE_COMMITMENTS = ['yes lets do that', 'okay sign me up', 'fine count me in'] as const;

export const CALLEE_OBJECTIONS = [
  'that is too expensive for me',
  'i am not interested',
  'we already have somebody for that',
  'no thank you',
] as const;

export const CALLEE_OPT_OUTS = ['please take me off your list', 'do not call me again'] as const;

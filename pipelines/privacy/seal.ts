import { createCipheriv, createDecipheriv } from 'node:crypto';
import { drawBytes } from './draw-bytes.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM: initialisation vector, tag, ciphertext. */
export function seal(key: Buffer, bytes: Uint8Array): Buffer {
  const iv = drawBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const body = cipher.update(bytes);
  cipher.final();
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** What was sealed. @throws Error when the key is another or the bytes were changed */
export function unseal(key: Buffer, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
}

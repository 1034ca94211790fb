/** A Zstandard frame (RFC 8878) of raw blocks: nothing is compressed, but every reader of the format takes it. */
export function zstdFrame(content: Buffer, block_bytes = 100_000): Buffer {
  // Magic number; frame header: no content size, no checksum; window descriptor of 1 MiB (2 ^ (10 + 10)).
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 10 << 3])];
  for (let from = 0; from < content.length || from === 0; from += block_bytes) {
    const block = content.subarray(from, from + block_bytes);
    const isLast = from + block_bytes >= content.length;
    // Block header, three bytes: last block, type 0 (raw), size.
    const header = Buffer.alloc(3);
    header.writeUIntLE((isLast ? 1 : 0) | (block.length << 3), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}

/** `{"line":1}` to `{"line":60}`, as `zstd -19` packs them. */
export const COMPRESSED_LINES = Buffer.from(
  'KLUv/QRozQIA4oQOEcC3ATmt5X8xkcju3smDnnMDIFWK1cSzu1CsJp7ddWI18ewuE6uJZ3ddrCae3WWxmnh2kDwCOcUEFDuoEOjuG+DXEE4EzgcY03brrkVRn61t5VkNUgr+Tims',
  'base64',
);

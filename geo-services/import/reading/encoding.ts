// Which characters a shapefile or a text file is written in: as it declares, else UTF-8 if it is that, else GB18030 (which holds GBK and GB 2312).
//
// Source: ESRI .cpg files; dBase language driver ids (byte 29 of a .dbf): 0x4D code page 936, 0x4F 950, 0x57 ANSI, 0x00 unsaid.

export type Encoding = 'UTF-8' | 'GB18030' | 'BIG5' | 'ISO-8859-1';
export interface EncodingFinding {
  readonly encoding: Encoding;
  readonly note: string;
}

function named(text: string): Encoding | null {
  const name = text.trim().toUpperCase().replace(/[\s_]/g, '-');
  if (/^(UTF-?8|65001)$/.test(name)) return 'UTF-8';
  if (/^(GBK|GB-?2312|GB-?18030|CP-?936|936|EUC-CN|ANSI-936|OEM-936|MS936|WINDOWS-936)$/.test(name)) return 'GB18030';
  if (/^(BIG-?5|950|CP-?950|ANSI-950)$/.test(name)) return 'BIG5';
  if (/^(ISO-?8859-?1|88591|LATIN-?1|1252|ANSI-1252|WINDOWS-1252)$/.test(name)) return 'ISO-8859-1';
  return null;
}

/** True for bytes that are UTF-8 but for a character cut at the end. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Of text by a piece of it. */
export function encodingOfText(sample: Uint8Array): EncodingFinding {
  if (isUtf8(sample)) return { encoding: 'UTF-8', note: '' };
  return { encoding: 'GB18030', note: '不是 UTF-8，按 GB18030（含 GBK）读取' };
}

/** @param cpg text of the .cpg; null: none. @param dbf the first megabyte of the .dbf */
export function encodingOfDbf(cpg: string | null, dbf: Uint8Array): EncodingFinding {
  const said = cpg === null ? null : named(cpg);
  const fields = new DataView(dbf.buffer, dbf.byteOffset, dbf.byteLength).byteLength >= 32 ? dbf.subarray(32) : dbf;
  const ascii = fields.every((byte) => byte < 0x80);
  const utf8 = isUtf8NotCut(dbf);
  if (said === 'UTF-8' && !utf8) return { encoding: 'GB18030', note: '.cpg 写 UTF-8，内容却不是：按 GB18030（含 GBK）读取' };
  if (said) return { encoding: said, note: `字符编码 ${said}（.cpg）` };
  const byte = dbf[29];
  // 0x57 is written by programs that mean "of this machine": no word about Chinese.
  const language: Encoding | null = byte === 0x4d ? 'GB18030' : byte === 0x4f ? 'BIG5' : null;
  if (language) return { encoding: language, note: `字符编码 ${language}（dBase 语言标识）` };
  if (ascii) return { encoding: 'UTF-8', note: '' };
  if (utf8) return { encoding: 'UTF-8', note: '字符编码未声明，内容是 UTF-8' };
  return { encoding: 'GB18030', note: '字符编码未声明且不是 UTF-8：按 GB18030（含 GBK）读取' };
}

/** A .dbf pads fields with blanks, and cuts a character where the field ends: such a cut counts as no fault up to one in twenty. */
function isUtf8NotCut(dbf: Uint8Array): boolean {
  const body = dbf.subarray(32);
  const text = new TextDecoder('utf-8').decode(body);
  const broken = text.split('\ufffd').length - 1;
  const wide = [...text].filter((char) => char > '\u007f' && char !== '\ufffd').length;
  return broken === 0 || broken * 20 < wide;
}

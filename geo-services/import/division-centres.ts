// Rows without coordinates stand at the centre of their administrative division (GB/T 2260), and say so.
export interface Centre {
  readonly position: readonly [number, number];
  readonly name: string;
  /** What the row says of its own place. */
  readonly precision: string;
}
export type CentreOf = (adcodeOrName: string) => Centre | null;

const levelTitle: Readonly<Record<string, string>> = { province: '省级', city: '市级', county: '县级' };

/** By six digits, by the full name, or by the name without 省, 市, 区, 县; a code of a county that is not in the table stands for its city. */
export function centresOf(divisions: readonly { adcode: string; name: string; level: string; lng: number; lat: number }[]): CentreOf {
  const by = new Map<string, Centre>();
  for (const { adcode, name, level, lng, lat } of divisions) {
    const centre = { position: [lng, lat], name, precision: `位置按行政区划中心（${levelTitle[level] ?? level}）` } as const;
    by.set(adcode, centre);
    for (const key of [name, name.replace(/(省|市|区|县|自治县)$/, '')]) if (!by.has(key) && key.length >= 2) by.set(key, centre);
  }
  return (value) => {
    const text = value.normalize('NFKC').trim();
    const code = /^(\d{6})(\.0+|\d{3}|\d{6})?$/.exec(text)?.[1];
    if (code) return by.get(code) ?? by.get(`${code.slice(0, 4)}00`) ?? null;
    const name = text.replace(/^辽宁省?(?=.)/, '');
    return by.get(name) ?? null;
  };
}

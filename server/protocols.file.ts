// The protocols of this very house: those of the gateway, HJ 212 with the SM4 keys of its devices where a key file is configured.
import type { Protocol } from '../contracts/protocol.ts';
import { readKeyring } from '../iot-gateway/protocols/hj212/keys.file.ts';
import { createHj212 } from '../iot-gateway/protocols/hj212.ts';
import { protocols } from '../iot-gateway/protocols/index.ts';
import type { Config } from './config.ts';

/** @throws Problem bad-configuration for a key file that cannot be used */
export function openProtocols({ hj212Keys }: Pick<Config, 'hj212Keys'>): readonly Protocol[] {
  if (hj212Keys === null) return protocols;
  const keyed = createHj212(readKeyring(hj212Keys)) as Protocol;
  return protocols.map((protocol) => (protocol.id === keyed.id ? keyed : protocol));
}

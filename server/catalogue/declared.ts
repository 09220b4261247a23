// What the catalogue says of a layer that the code declares: metadata out of its declaration and of the stream that fills it. Pure.
import type { Layer } from '../../contracts/layer.ts';
import type { LayerMetadata } from '../../contracts/layer-life.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';

/** The stream that fills a layer; null: nothing that streams. */
export function streamsOfLayers(streams: readonly Stream[]): (layer: Layer) => Stream | null {
  const byPath = new Map(streams.map((stream) => [streamPath(stream) as string, stream]));
  return ({ only }) => (only?.column === 'stream' ? (byPath.get(only.equals) ?? null) : null);
}

export function declaredMetadata(layer: Layer, stream: Stream | null): LayerMetadata {
  return {
    abstract: `${layer.title.zh}，${layer.source}。${stream ? `随数据流“${stream.title.zh}”实时更新。` : ''}`,
    provider: stream?.provider.zh ?? layer.source.split(/[，（]/)[0] ?? layer.source,
    format: '数据库',
    updateCycle: stream ? 'realtime' : 'irregular',
  };
}

// What every operation of the API definition gains from formats and CRSs: the parameters `f`, `crs`, `bbox-crs`, and the media types of its answer.
//
// Source: OpenAPI 3.0.3; OGC API Features Part 2 (18-058r1) /req/crs/fc-crs-definition, /req/crs/fc-bbox-crs-definition; Part 1 §8 (encodings).
import { CRS84, crsUris } from './crs.ts';
import { documentFormats, type Format, featureFormats, itemFormats } from './formats.ts';

/** The id that stands for any layer. */
export const ANY = '{collectionId}';
/** First part of the name of an operation on a layer. */
export const operationName = (id: string): string =>
  id === ANY ? 'any' : id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}

const text = { schema: { type: 'string' } };
const crsParameter = (name: string): { name: string } & Record<string, unknown> => ({
  name,
  in: 'query',
  schema: { type: 'string', format: 'uri', enum: crsUris, default: CRS84.uri },
});
const formatParameter = (formats: readonly Format[]): { name: string } & Record<string, unknown> => ({
  name: 'f',
  in: 'query',
  schema: { type: 'string', enum: formats.flatMap((format) => [format.id, ...format.names]) },
});
const contentCrs = { 'Content-Crs': { description: '坐标系，尖括号中的 URI', schema: { type: 'string' } } };

function withFormats(operation: Operation): Operation {
  const answer = operation.responses['200'];
  const content = answer?.content ?? {};
  const ofFeatures = 'application/geo+json' in content;
  const ofDocuments = 'application/json' in content || 'application/schema+json' in content;
  if (!ofFeatures && !ofDocuments) return operation;
  const given = operation.parameters ?? [];
  const ofOne = given.some((parameter) => parameter.name === 'featureId');
  const formats = !ofFeatures ? documentFormats : ofOne ? itemFormats : featureFormats;
  const added = [
    formatParameter(formats),
    ...(ofFeatures ? [crsParameter('crs')] : []),
    ...(given.some((parameter) => parameter.name === 'bbox') ? [crsParameter('bbox-crs')] : []),
  ].filter(({ name }) => !given.some((parameter) => parameter.name === name));
  // A schema is JSON of a type of its own, which the operation names already.
  const offered = formats.filter(({ id, type }) => id !== 'json' || type in content);
  const types = offered.map(({ type }) => [type, content[type] ?? (type.endsWith('json') ? { schema: { type: 'object' } } : text)]);
  return {
    ...operation,
    parameters: [...given, ...added],
    responses: {
      ...operation.responses,
      '200': { ...answer, ...(ofFeatures ? { headers: contentCrs } : {}), content: { ...content, ...Object.fromEntries(types) } },
    },
  };
}

/** The same paths; operations that answer JSON or GeoJSON gain what all of them take. */
export function inAllFormats(paths: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => {
      const { get, ...rest } = item as { readonly get?: Operation };
      return [path, get ? { ...rest, get: withFormats(get) } : item];
    }),
  );
}

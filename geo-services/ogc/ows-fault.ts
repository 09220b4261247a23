// A refused OWS request: a Problem that also carries the exception code and locator of the standard, and the ows:ExceptionReport it becomes.
//
// Source: OGC 06-121r3 (OWS Common 1.1) §8.3 table 25; OGC 07-057r7 (WMTS 1.0.0) §7.1.2 table 21 and its counterpart in §7.2.2: codes, HTTP status.
import { Problem, type ProblemCode, type ProblemDetails } from '../../contracts/problem.ts';
import { element, xmlFile } from './xml.ts';

const statusOf = {
  MissingParameterValue: 'bad-parameter',
  InvalidParameterValue: 'bad-parameter',
  VersionNegotiationFailed: 'bad-parameter',
  TileOutOfRange: 'bad-parameter',
  PointIJOutOfRange: 'bad-parameter',
  OperationNotSupported: 'unsupported',
} as const satisfies Record<string, ProblemCode>;
export type OwsCode = keyof typeof statusOf;

export class OwsFault extends Problem {
  readonly exceptionCode: OwsCode;
  /** The parameter, or for OperationNotSupported the operation, that is meant. */
  readonly locator: string;
  constructor(exceptionCode: OwsCode, locator: string, details: ProblemDetails) {
    super(statusOf[exceptionCode], details);
    this.exceptionCode = exceptionCode;
    this.locator = locator;
  }
}

/** XML of any Problem. What the standard has no code for (no session, not permitted, database away) is NoApplicableCode, without a locator. */
export function exceptionReport(problem: Problem): string {
  const named: Readonly<Record<string, string>> =
    problem instanceof OwsFault
      ? { exceptionCode: problem.exceptionCode, locator: problem.locator }
      : { exceptionCode: 'NoApplicableCode' };
  return xmlFile(
    element(
      'ows:ExceptionReport',
      { 'xmlns:ows': 'http://www.opengis.net/ows/1.1', version: '1.1.0', 'xml:lang': 'zh' },
      element('ows:Exception', named, element('ows:ExceptionText', {}, problem.zh)),
    ),
  );
}

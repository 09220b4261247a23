// Tree → CQL2 Text: every tree has a text, and the text gives the same tree again.
//
// Source: OGC 21-065r2, BNF. Operands that are no literal, property or function stand in parentheses, so no precedence has to be known.
import type { Expression } from './ast.ts';
import { wktOf } from './geometry.ts';
import { reserved } from './parse-text.ts';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

function propertyName(name: string): string {
  const plain = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !reserved.has(name.toUpperCase());
  return plain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** An operand: in parentheses where it is made of operators. */
function operand(node: Expression): string {
  const bare = ['property', 'text', 'number', 'boolean', 'date', 'timestamp', 'geometry', 'bbox', 'casei', 'spatial'].includes(node.kind);
  return bare ? printText(node) : `(${printText(node)})`;
}

export function printText(node: Expression): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.args.map(operand).join(` ${node.kind.toUpperCase()} `);
    case 'not':
      return `NOT ${operand(node.arg)}`;
    case 'compare':
    case 'arithmetic':
      return `${operand(node.left)} ${node.op} ${operand(node.right)}`;
    case 'like':
      return `${operand(node.left)} LIKE ${operand(node.right)}`;
    case 'between':
      return `${operand(node.value)} BETWEEN ${operand(node.low)} AND ${operand(node.high)}`;
    case 'in':
      return `${operand(node.value)} IN (${node.list.map(printText).join(', ')})`;
    case 'isNull':
      return `${operand(node.arg)} IS NULL`;
    case 'casei':
      return `CASEI(${printText(node.arg)})`;
    case 'spatial':
      return `${node.op.toUpperCase()}(${printText(node.left)}, ${printText(node.right)})`;
    case 'property':
      return propertyName(node.name);
    case 'text':
      return quoted(node.value);
    case 'date':
    case 'timestamp':
      return `${node.kind.toUpperCase()}('${node.value}')`;
    case 'number':
      return String(node.value);
    case 'boolean':
      return node.value ? 'TRUE' : 'FALSE';
    case 'geometry':
      return wktOf(node.value);
    case 'bbox':
      return `BBOX(${node.value.join(', ')})`;
  }
}

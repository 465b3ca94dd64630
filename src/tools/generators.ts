/** Finds the coroutine functions in a parsed module, and what a report is to call them. */
import type { AnyNode, Function as FunctionNode } from 'acorn';

export interface CoroutineSite {
  readonly node: FunctionNode;
  /** As CPython's qualified names, without the functions around: `serve`, `Bar.pour`, `Bar.#pour`. */
  readonly name: string;
  readonly usesArguments: boolean;
}

/** What is known of the function under way. */
interface Inside {
  yieldsItself: boolean;
  usesArguments: boolean;
}

const ANONYMOUS = '(anonymous)';

/**
 * Every `function*` of `program`, but asynchronous ones and those that have a `yield` of their own:
 * a coroutine suspends by `yield*` alone, so these are ordinary iterators, which may be made in vain.
 */
export function findCoroutineFunctions(program: AnyNode, source: string): CoroutineSite[] {
  const sites: CoroutineSite[] = [];
  visit(program, [], { yieldsItself: false, usesArguments: false });
  return sites;

  function visit(node: AnyNode, above: readonly AnyNode[], inside: Inside): void {
    if (node.type === 'YieldExpression' && !node.delegate) inside.yieldsItself = true;
    if (node.type === 'Identifier' && node.name === 'arguments') inside.usesArguments = true;
    const path = [...above, node];
    if (node.type !== 'FunctionDeclaration' && node.type !== 'FunctionExpression') {
      for (const child of childrenOf(node)) visit(child, path, inside);
      return;
    }
    const own: Inside = { yieldsItself: false, usesArguments: false };
    for (const child of childrenOf(node)) visit(child, path, own);
    if (!node.generator || node.async || own.yieldsItself) return;
    sites.push({ node, name: nameOf(path, source), usesArguments: own.usesArguments });
  }
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is AnyNode => typeof (value as Partial<AnyNode> | null)?.type === 'string');
}

function nameOf(path: readonly AnyNode[], source: string): string {
  const name = ownName(path, source);
  const owner = path.at(-3);
  if (owner?.type !== 'ClassBody' || path.at(-2)?.type !== 'MethodDefinition') return name;
  const given = owner.body.flatMap((member) => (member.type === 'StaticBlock' ? member.body : [])).map(keptName);
  const className = given.find((one) => one !== undefined) ?? ownName(path.slice(0, -3), source);
  return className === ANONYMOUS ? name : `${className}.${name}`;
}

/** The name of the function or class at the end of `path`: its own, or that of what it is given to. */
function ownName(path: readonly AnyNode[], source: string): string {
  const node = path.at(-1);
  const holder = path.at(-2);
  if ((node?.type === 'ClassExpression' || node?.type === 'FunctionExpression') && node.id) return node.id.name;
  if (node?.type === 'ClassDeclaration' || node?.type === 'FunctionDeclaration') return node.id?.name ?? 'default';
  switch (holder?.type) {
    case 'VariableDeclarator':
      return holder.id.type === 'Identifier' ? holder.id.name : ANONYMOUS;
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return holder.left.type === 'Identifier' ? holder.left.name : ANONYMOUS;
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return keyText(holder, source);
    case 'ExportDefaultDeclaration':
      return 'default';
    default:
      return keptName(holder) ?? ANONYMOUS;
  }
}

function keyText({ key, computed }: { key: AnyNode; computed: boolean }, source: string): string {
  if (computed && key.type !== 'Literal') return `[${source.slice(key.start, key.end)}]`;
  if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  return key.type === 'Identifier' ? key.name : String((key as { value?: unknown }).value);
}

/** esbuild, which tsx translates with, writes `__name(fn, "name")`. */
function keptName(node: AnyNode | undefined): string | undefined {
  if (node?.type === 'ExpressionStatement') return keptName(node.expression);
  if (node?.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== '__name') return;
  const name = node.arguments[1];
  return name?.type === 'Literal' ? String(name.value) : undefined;
}

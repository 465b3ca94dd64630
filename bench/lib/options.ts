export type Options = ReadonlyMap<string, string>;

/** `--name value` and `--flag`; names not in `known` end the program, with the list of those that are. */
export function parseOptions(words: readonly string[], known: Readonly<Record<string, string>>): Options {
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const name = words[i]!.replace(/^--/, '');
    if (!words[i]!.startsWith('--') || !(name in known)) {
      console.error(`bench: unknown option ${words[i]}\noptions:`);
      for (const [option, meaning] of Object.entries(known)) console.error(`  --${option}  ${meaning}`);
      process.exit(2);
    }
    const value = words[i + 1];
    if (value === undefined || value.startsWith('--')) options.set(name, '');
    else options.set(name, words[++i]!);
  }
  return options;
}

/** A positive number, or `fallback` when the option is not given. */
export function numberOption(options: Options, name: string, fallback: number): number {
  const text = options.get(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0)) {
    console.error(`bench: --${name} wants a positive number, not "${text}"`);
    process.exit(2);
  }
  return value;
}

export function listOption(options: Options, name: string, fallback: readonly string[]): readonly string[] {
  const text = options.get(name);
  return text === undefined ? fallback : text.split(',').filter((word) => word !== '');
}

export function numbersOption(options: Options, name: string, fallback: readonly number[]): readonly number[] {
  return listOption(options, name, fallback.map(String)).map((word) => {
    const value = Number(word);
    if (Number.isInteger(value) && value > 0) return value;
    console.error(`bench: --${name} wants whole positive numbers, not "${word}"`);
    return process.exit(2);
  });
}

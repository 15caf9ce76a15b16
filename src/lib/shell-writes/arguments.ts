/** Arguments of a command, apart: options, their values, and what is left. */

/** Undefined: a word that only the shell can expand. */
export type Argument = string | undefined;

export interface Arguments {
  /** As written, with `=value` cut off; letters of a cluster one by one (`-rf` is `-r` and `-f`). */
  readonly options: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, Argument>;
  readonly operands: readonly Argument[];
}

/** `valued`: options whose value is the next word, or stands behind their letter or `=`. */
export function readArguments(words: readonly Argument[], valued: readonly string[] = []): Arguments {
  const takesValue = new Set(valued);
  const options = new Set<string>();
  const values = new Map<string, Argument>();
  const operands: Argument[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === "--") return { options, values, operands: [...operands, ...words.slice(at + 1)] };
    if (word === undefined || !word.startsWith("-") || word === "-") operands.push(word);
    else {
      const read = word.startsWith("--") ? readLong(word, takesValue) : readShort(word, takesValue);
      for (const option of read.options) options.add(option);
      if (read.valued === undefined) continue;
      values.set(read.valued, read.value ?? words[++at]);
    }
  }
  return { options, values, operands };
}

interface ReadOption {
  readonly options: readonly string[];
  readonly valued?: string;
  readonly value?: string;
}

function readLong(word: string, takesValue: ReadonlySet<string>): ReadOption {
  const at = word.indexOf("=");
  const name = at < 0 ? word : word.slice(0, at);
  if (!takesValue.has(name)) return { options: [name] };
  return { options: [name], valued: name, ...(at < 0 ? {} : { value: word.slice(at + 1) }) };
}

function readShort(word: string, takesValue: ReadonlySet<string>): ReadOption {
  const options: string[] = [];
  for (let at = 1; at < word.length; at++) {
    const option = `-${word[at]}`;
    options.push(option);
    if (!takesValue.has(option)) continue;
    const value = word.slice(at + 1);
    return { options, valued: option, ...(value === "" ? {} : { value }) };
  }
  return { options };
}

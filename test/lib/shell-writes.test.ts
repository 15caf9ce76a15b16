/** Which files a shell command writes (R6): what it names for sure, and when it may write more. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_COMMAND_CHARS, readShellWrites } from "../../src/lib/shell-writes/shell-writes.ts";

const sure = (...certain: string[]) => ({ certain, isUncertain: false });
const maybe = (...certain: string[]) => ({ certain, isUncertain: true });

const table: readonly (readonly [string, { readonly certain: readonly string[]; readonly isUncertain: boolean }])[] = [
  // Nothing is written.
  ["", sure()],
  ["ls -la && cat hello.txt", sure()],
  ["grep -rn TODO src | head -20 | wc -l", sure()],
  ["echo hi", sure()],
  ["npm test > /dev/null 2>&1", maybe()],
  ["cat < a.txt", sure()],
  ["sed -n '1,5p' a.txt", sure()],
  ["find . -name '*.ts'", sure()],
  ["git status && git diff HEAD~1 && git add -A && git commit -m 'x'", sure()],
  ["git checkout -b feature", sure()],
  ["git restore --staged a.ts", sure()],
  ["git rm --cached a.ts", sure()],
  ["git clean -nfd", sure()],
  ["mkdir -p src/new && cd src/new && pwd", sure()],
  ["curl -s https://example.test -H 'A: b'", sure()],
  ["python3 --version", sure()],
  // Redirections.
  ["echo x > a.txt", sure("a.txt")],
  ["echo x >> a.txt", sure("a.txt")],
  ["echo x >| a.txt", sure("a.txt")],
  ["make &> build.log", maybe("build.log")],
  ["echo x >& a.txt", sure("a.txt")],
  ["echo x 2>err.log 1>&2", sure("err.log")],
  ["> empty.txt", sure("empty.txt")],
  [`echo x > "a b.txt" > 'c d'`, sure("a b.txt", "c d")],
  ["cat > src/a.ts <<'EOF'\nrm not-this\n> nor-this\nEOF", sure("src/a.ts")],
  ["{ echo a; echo b; } > out.txt", sure("out.txt")],
  ["(cd sub && echo x > in.txt); echo y > out.txt", sure("sub/in.txt", "out.txt")],
  ["while read l; do echo $l; done < in > out", sure("out")],
  ["echo x | cat > >(tee z)", sure("z")],
  // Commands.
  ["echo x | tee a.txt b.txt", sure("a.txt", "b.txt")],
  ["echo x | sudo tee -a /etc/hosts", sure("/etc/hosts")],
  ["sed -i 's/a/b/' src/a.ts", sure("src/a.ts")],
  ["sed -i.bak -e 's/a/b/' -e 's/c/d/' a.ts b.ts", sure("a.ts", "b.ts")],
  ["sed -i '' 's/a/b/' a.ts", sure("a.ts")],
  ["sed -Ei 's/a/b/' a.ts", sure("a.ts")],
  ["sed --in-place=.orig 's/a/b/' a.ts", sure("a.ts")],
  ["sed 's/a/b/w out.txt' a.ts", maybe()],
  ["perl -pi -e 's/a/b/' a.ts", maybe("a.ts")],
  ["perl -i.bak -pe 's/a/b/' a.ts", maybe("a.ts")],
  ["mv old.ts src/new.ts", sure("old.ts", "src/new.ts")],
  ["mv a.ts b.ts lib/", sure("a.ts", "b.ts", "lib/a.ts", "lib/b.ts")],
  ["mv old lib/new", maybe("old", "lib/new")],
  ["cp -r src out/", sure("out/src")],
  ["rm -r site.app", sure("site.app/")],
  ["git checkout -- src", sure("src")],
  ["cp a.ts b.ts", sure("b.ts")],
  ["cp a.ts lib/", sure("lib/a.ts")],
  ["cp a.ts lib", maybe("lib")],
  ["cp -t out a.ts b.ts", sure("out/a.ts", "out/b.ts")],
  ["rm -f a.ts b.ts", sure("a.ts", "b.ts")],
  ["rm -rf src/auth", sure("src/auth/")],
  ["rm -rf .", sure("./")],
  ["rm -- -odd", sure("-odd")],
  ["touch a.ts", sure("a.ts")],
  ["truncate -s 0 a.ts", sure("a.ts")],
  ["dd if=/dev/zero of=disk.img bs=1M count=1", sure("disk.img")],
  ["install -m 644 a.ts lib/b.ts", sure("lib/b.ts")],
  ["ln -s a.ts link.ts", sure("link.ts")],
  ["sort -o a.txt a.txt", sure("a.txt")],
  ["curl -sSo out.json https://example.test", sure("out.json")],
  ["wget -O page.html https://example.test", sure("page.html")],
  ["patch src/a.ts < fix.diff", sure("src/a.ts")],
  ["patch -p1 < fix.diff", maybe()],
  ["patch -p1 <<'EOF'\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-x\n+y\nEOF", sure("src/a.ts")],
  // Patches.
  [
    "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: src/n.ts\n+x\n*** Update File: a.ts\n*** Move to: b.ts\n*** End Patch\nEOF",
    sure("src/n.ts", "a.ts", "b.ts"),
  ],
  ["cd app && apply_patch '*** Begin Patch\n*** Delete File: a.ts\n*** End Patch'", sure("app/a.ts")],
  ["cat <<'EOF' | apply_patch\n*** Add File: a.ts\nEOF", sure("a.ts")],
  ["git apply <<'EOF'\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-x\n+y\nEOF", sure("a.ts")],
  ["git apply fix.patch", maybe()],
  // Git.
  ["git checkout -- src/a.ts", sure("src/a.ts")],
  ["git checkout HEAD~1 -- a.ts", sure("a.ts")],
  ["git checkout .", sure("./")],
  ["git checkout main", maybe()],
  ["git restore a.ts", sure("a.ts")],
  ["git restore --source=HEAD~2 --staged --worktree a.ts", sure("a.ts")],
  ["git reset --hard", maybe("./")],
  ["git reset HEAD a.ts", sure()],
  ["git stash", maybe("./")],
  ["git stash list", sure()],
  ["git stash pop", maybe()],
  ["git clean -fdx", maybe("./")],
  ["git mv a.ts b.ts", sure("a.ts", "b.ts")],
  ["git rm -r src/old", sure("src/old")],
  ["git -C packages/app checkout -- a.ts", sure("packages/app/a.ts")],
  ["git pull --rebase", maybe()],
  // Where it stands.
  ["cd src && rm a.ts && cd .. && rm b.ts", sure("src/a.ts", "b.ts")],
  ["cd /tmp/x && rm a.ts", sure("/tmp/x/a.ts")],
  ["cd $DIR && rm a.ts && rm /abs/b.ts", maybe("/abs/b.ts")],
  ["cd - && rm a.ts", maybe()],
  ["if cd a; then rm x; fi; rm y", maybe("a/x")],
  ["if [ -d a ]; then rm a/x; else rm b/x; fi", sure("a/x", "b/x")],
  ["for d in 1 2; do rm x; cd s; done", maybe("x")],
  ["rm ./a.ts ../b.ts sub/../c.ts", sure("a.ts", "../b.ts", "c.ts")],
  // What only the shell knows.
  ["rm $FILE", maybe()],
  ["rm *.ts", maybe()],
  ["rm ~/x", maybe()],
  ["echo x > $(date +%s).txt", maybe()],
  ["for f in a b; do rm $f; done", maybe()],
  ["ls | xargs rm", maybe()],
  ["find . -name '*.log' -delete", maybe()],
  ["rm {a,b}.{ts,js}", sure("a.ts", "a.js", "b.ts", "b.js")],
  ["echo $(rm hidden.txt)", sure("hidden.txt")],
  ["X=`rm hidden.txt` true", sure("hidden.txt")],
  ["diff <(echo a | tee p.txt) b.txt", sure("p.txt")],
  ["npm run build", maybe()],
  ["$CMD a > b.txt", maybe("b.txt")],
  ["f() { rm x; }; f", maybe("x")],
  // Commands within commands.
  [`bash -lc "cd src && rm 'a b.ts'"`, sure("src/a b.ts")],
  ["sh -c 'bash -c \"rm a.ts\"'", sure("a.ts")],
  ["bash <<'EOF'\nrm a.ts\nEOF", sure("a.ts")],
  ["bash script.sh", maybe()],
  ["eval 'rm a.ts'", sure("a.ts")],
  ["eval $X", maybe()],
  ["sudo -u root env A=1 nice -n 5 rm a.ts", sure("a.ts")],
  ["timeout 10 tee a.ts", sure("a.ts")],
  ["[ -f a.ts ] && rm a.ts || touch b.ts", sure("a.ts", "b.ts")],
  ["case $1 in a) rm x;; *) rm y;; esac", sure("x", "y")],
  ["rm a.ts & rm b.ts", sure("a.ts", "b.ts")],
  // Other languages, as well as one can.
  [`python3 -c "open('a.txt','w').write('x')"`, maybe("a.txt")],
  [`python -c "print(open('a.txt').read())"`, maybe()],
  [
    "python3 - <<'EOF'\nfrom pathlib import Path\nPath('src/a.py').write_text('x')\nos.remove('b.py')\nEOF",
    maybe("src/a.py", "b.py"),
  ],
  [`node -e "require('fs').writeFileSync('a.js', 'x')"`, maybe("a.js")],
  // What cannot be read.
  ["rm 'unterminated", maybe()],
  ["echo a >", maybe()],
  ["x=$(", maybe()],
];

describe("what a command writes", () => {
  it.each(table)("%j", async (command, expected) => {
    expect(await readShellWrites(command)).toEqual(expected);
  });

  it("is read from the first line alone of a command larger than can be read while an editor waits", async () => {
    const long = "x { y [ z\n".repeat(MAX_COMMAND_CHARS / 10 + 1);
    expect(await readShellWrites(`cat > src/a.ts <<'EOF'\n${long}EOF\nrm b.ts`)).toEqual(maybe("src/a.ts"));
    expect(await readShellWrites(`rm a.ts; ${"# ".repeat(MAX_COMMAND_CHARS)}`)).toEqual(maybe());
    expect(await readShellWrites(`cat > a.json <<'EOF'\n${"{}".repeat(2_000)}\nEOF`)).toEqual(maybe("a.json"));
  });
});

describe("whatever is given for a command", () => {
  const piece = fc.oneof(
    fc.constantFrom("rm", "a.ts", ">", ">>", "|", "&&", ";", "$(", ")", "`", "'", '"', "<<EOF", "\nEOF\n", "{", "}"),
    fc.constantFrom(
      "cd",
      "if",
      "then",
      "fi",
      "for",
      "do",
      "done",
      "((",
      "))",
      "[[",
      "]]",
      "\\",
      "*",
      "~",
      "sudo",
      "git",
    ),
    fc.string({ maxLength: 8 }),
  );

  it("is read, and the same twice; no path is empty or holds a NUL", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const first = await readShellWrites(pieces.join(" "));
        expect(await readShellWrites(pieces.join(" "))).toEqual(first);
        expect(first.certain.every((path) => path !== "" && !path.includes("\0"))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("finds a file with any name, quoted", async () => {
    const name = fc
      .string({ minLength: 1, unit: "binary" })
      .filter((text) => !/[\0'/\n\r]/.test(text) && !/^\.{1,2}$/.test(text));
    await fc.assert(
      fc.asyncProperty(name, async (file) => {
        expect(await readShellWrites(`cat > 'd/${file}'`)).toEqual(sure(`d/${file}`));
      }),
    );
  });

  it.each([
    ["nested substitutions", "$(".repeat(5_000)],
    ["nested braces", `rm ${"{a,".repeat(2_000)}`],
    ["many braces", `rm ${"{a,b}".repeat(100)}`],
    ["many wrappers", "sudo ".repeat(6_000)],
    ["many groups", "( ".repeat(5_000)],
    ["shells within shells", `${"bash -c ".repeat(50)}'rm a'`],
    ["backslashes", "\\".repeat(MAX_COMMAND_CHARS)],
    ["semicolons", ";".repeat(MAX_COMMAND_CHARS)],
    ["many commands", "rm a;".repeat(6_000)],
  ])("ends with %s", async (_, command) => {
    const { certain } = await readShellWrites(command);
    expect(certain.length).toBeLessThanOrEqual(1);
  });
});

/** The pages for contributors, and the links and tables of all pages. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { parse } from "@std/yaml";
import { existsSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { REPOSITORY } from "../release/repository.ts";
import { read, root, sourceFiles } from "../run/files.ts";

const FORMS = ".github/ISSUE_TEMPLATE";
/** The longest line of a table, in characters. */
const MAX_TABLE_WIDTH = 100;

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => posix.join(folder, file)).sort();
}

const pages = [".", "docs", "tests"].flatMap((folder) =>
  filesIn(folder, ".md")
);

interface Field {
  type: string;
  id?: string;
  attributes: { label?: string; description?: string; value?: string };
  validations?: { required?: boolean };
}

interface Form {
  name: string;
  description: string;
  body: Field[];
}

for (const file of filesIn(FORMS, ".yml")) {
  if (file.endsWith("/config.yml")) continue;

  test(`The issue form ${file} warns about secrets, and asks for --version and the output of -v`, () => {
    const { name, description, body } = parse(read(file)) as Form;
    assert(name && description);
    const [warning, ...fields] = body;
    assertEquals(warning.type, "markdown");
    assertMatch(warning.attributes.value ?? "", /secret/i);
    const fieldAbout = (what: RegExp) =>
      fields.find(({ attributes }) => what.test(attributes.description ?? ""));
    const version = fieldAbout(/`copilot-fetch --version`/);
    assertEquals(version?.validations?.required, true);
    const log = fieldAbout(/(?<!-)-v\b/);
    assertStringIncludes(log?.attributes.description ?? "", "secret");
    const ids = fields.map(({ id }) => id);
    assertEquals(new Set(ids).size, fields.length);
    for (const { attributes } of fields) assert(attributes.label);
  });
}

test("Issues that are not in a form's shape are not offered, and vulnerabilities go elsewhere", () => {
  const config = parse(read(`${FORMS}/config.yml`)) as {
    blank_issues_enabled: boolean;
    contact_links: { url: string }[];
  };
  assertEquals(config.blank_issues_enabled, false);
  const report = `${REPOSITORY}/security/advisories/new`;
  assertEquals(config.contact_links[0].url, report);
  assertStringIncludes(read("SECURITY.md"), report);
});

test("CONTRIBUTING.md is one page, whose commands and paths exist", () => {
  const text = read("CONTRIBUTING.md");
  assert(text.split("\n").length <= 110);
  const { scripts } = JSON.parse(read("tests/package.json"));
  for (const [, name] of text.matchAll(/npm --prefix tests run ([\w:]+)/g)) {
    assert(name in scripts, name);
  }
  const paths = text.matchAll(
    /(?<![\w/.])((?:\.github|tests|docs|cli|internal|testing)\/[\w/.]*\w\/?)/g,
  );
  for (const [, path] of paths) {
    assert(existsSync(join(root, path)), path);
  }
});

test("CHANGELOG.md has the usual sections, the newest version first, and a link for each", () => {
  const text = read("CHANGELOG.md");
  const usual = /^(Added|Changed|Deprecated|Removed|Fixed|Security)$/;
  for (const [, section] of text.matchAll(/^### (.*)$/gm)) {
    assertMatch(section, usual);
  }
  const versions = [...text.matchAll(/^## \[(.*?)\](?: - (.*))?$/gm)];
  assertEquals(versions.length, text.match(/^## /gm)?.length);
  assertEquals(versions[0][1], "Unreleased");
  const released = versions.slice(1);
  for (const [, version, date] of released) {
    assertMatch(version, /^\d+\.\d+\.\d+$/);
    assertMatch(date, /^\d{4}-\d{2}-\d{2}$/);
  }
  const dates = released.map(([, , date]) => date);
  assertEquals(dates, dates.toSorted().reverse());
  for (const [, version] of versions) {
    assertStringIncludes(text, `\n[${version}]: `);
  }
});

/** The targets of a page's links. */
function linksOf(text: string): string[] {
  const withoutCode = text.replace(/^( *)```[^]*?^\1```$/gm, "");
  return [
    ...withoutCode.matchAll(/\]\(([^)\s]+)\)/g),
    ...withoutCode.matchAll(/^\[[^\]]+\]: (\S+)$/gm),
  ].map(([, target]) => target);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-")
  );
}

for (const page of pages) {
  test(`The links of ${page} to this repository lead to a page and a heading that exist`, () => {
    for (const link of linksOf(read(page))) {
      // GitHub has these pages.
      if (link.startsWith("../../")) continue;
      const local = link.startsWith(`${REPOSITORY}/blob/main/`)
        ? `/${link.slice(`${REPOSITORY}/blob/main/`.length)}`
        : link;
      if (/^[a-z]+:/.test(local)) {
        const isOwn = /\/copilot-fetch(\/|$)/.test(local);
        assert(!isOwn || local.startsWith(`${REPOSITORY}/`), link);
        continue;
      }
      const [path, anchor] = local.split("#");
      const target = path === ""
        ? page
        : path.startsWith("/")
        ? path.slice(1)
        : posix.join(posix.dirname(page), path);
      assert(existsSync(join(root, target)), link);
      if (anchor) assert(anchorsOf(read(target)).includes(anchor), link);
    }
  });
}

test("A documentation comment that names a page links to it, as JSR and npm have no pages", () => {
  const links: string[] = [];
  for (const file of sourceFiles) {
    for (const [comment] of read(file).matchAll(/\/\*\*[^]*?\*\//g)) {
      for (const [link] of comment.matchAll(/[^\s(]*docs\/[\w./#-]*/g)) {
        const [, page] = link.split(`${REPOSITORY}/blob/main/`);
        assert(page && existsSync(join(root, page)), `${file}: ${link}`);
        links.push(link);
      }
    }
  }
  assert(links.length > 0);
});

for (const page of pages) {
  test(`${page} has tables of at most ${MAX_TABLE_WIDTH} characters`, () => {
    const tableLines = read(page).split("\n")
      .filter((line) => line.trimStart().startsWith("|"));
    const wide = tableLines.filter((line) =>
      [...line].length > MAX_TABLE_WIDTH
    );
    assertEquals(wide, []);
  });
}

test("The links of README.md are absolute, as JSR and npm show it alone", () => {
  for (const link of linksOf(read("README.md"))) {
    assertMatch(link, /^(https:\/\/|#)/);
  }
});

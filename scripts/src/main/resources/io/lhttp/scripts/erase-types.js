/*
 * Erases TypeScript's types from a module: each becomes blanks, so that all that stays keeps its
 * line and column. Syntax that makes code, such as an enum, is refused.
 */
(parse) => {
  const MODIFIERS = new Set([
    "public", "private", "protected", "readonly", "override", "abstract", "declare",
  ]);

  /** Nodes that are types, wherever they stand. */
  const TYPES = new Set([
    "TSTypeAnnotation", "TSTypeParameterDeclaration", "TSTypeParameterInstantiation",
  ]);

  const MEMBERS = new Set([
    "ClassMethod", "ClassPrivateMethod", "ClassProperty", "ClassPrivateProperty",
  ]);

  /** Declarations and members of a class that make no code. */
  const WITHOUT_CODE = new Set([
    "TSInterfaceDeclaration", "TSTypeAliasDeclaration", "TSDeclareFunction", "TSDeclareMethod",
    "TSIndexSignature", "TSNamespaceExportDeclaration",
  ]);

  const REFUSED = {
    TSEnumDeclaration: "an enum makes code: write an object, such as const X = { A: 'a' } as const",
    TSModuleDeclaration: "a namespace makes code: write a module of its own",
    TSImportEqualsDeclaration: "'import … =' makes code: write 'import … from'",
    TSExportAssignment: "'export =' makes code: write 'export default'",
    TSParameterProperty: "a parameter property makes code: write the field and its assignment",
    TSTypeAssertion: "a type in angle brackets is not erased: write 'x as T'",
    ClassAccessorProperty: "'accessor' makes code: write a getter and a setter",
    Decorator: "decorators are not supported",
  };

  /** Statements and members that may end without a semicolon. */
  const MAY_LACK_SEMICOLON = new Set([
    "ExpressionStatement", "VariableDeclaration", "ReturnStatement", "ThrowStatement",
    "ExportDefaultDeclaration", "ClassProperty", "ClassPrivateProperty",
  ]);

  class Refusal extends Error {
    constructor(node) {
      super(REFUSED[node.type]);
      this.pos = node.start;
    }
  }

  class Module {
    /** Ranges that become blanks, as pairs of indices. */
    erased = [];

    /** Characters that are written into them, by their indices. */
    written = new Map();

    /** Indices at which a statement without a semicolon ends. */
    ends = [];

    constructor(text) {
      this.text = text;
      const file = parse(text, {
        sourceType: "module",
        tokens: true,
        attachComment: false,
        plugins: ["typescript", "decorators", "decoratorAutoAccessors"],
      });
      this.tokens = file.tokens.filter((token) => typeof token.type !== "string");
      this.program = file.program;
    }

    /** Returns the index of the first token that begins at an index or behind it. */
    index(at) {
      let low = 0;
      let high = this.tokens.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.tokens[middle].start < at) low = middle + 1;
        else high = middle;
      }
      return low;
    }

    tokenFrom(at) {
      return this.tokens[this.index(at)];
    }

    tokenBefore(at) {
      return this.tokens[this.index(at) - 1];
    }

    word(token) {
      return this.text.slice(token.start, token.end);
    }

    erase(start, end) {
      if (start < end) this.erased.push([start, end]);
    }

    /** Erases a token if it is this word. */
    eraseWord(token, word) {
      if (token !== undefined && this.word(token) === word) this.erase(token.start, token.end);
    }

    /**
     * Erases a statement or a member. The semicolon keeps the lines around it from becoming one
     * statement.
     */
    eraseWhole(node) {
      this.erase(node.start, node.end);
      this.written.set(node.start, ";");
    }

    /** Erases an element of a list, with the comma behind it. */
    eraseElement(node) {
      const next = this.tokenFrom(node.end);
      this.erase(node.start, this.word(next) === "," ? next.end : node.end);
    }

    visitAll(node, key) {
      const value = node[key];
      if (Array.isArray(value)) {
        for (const child of value) if (child !== null) this.visit(child, node, key);
      } else if (value !== null && typeof value === "object" && typeof value.type === "string") {
        this.visit(value, node, key);
      }
    }

    visit(node, parent, key) {
      if (TYPES.has(node.type)) {
        this.erase(node.start, node.end);
        return;
      }
      if (this.isType(node) || node.abstract && MEMBERS.has(node.type)) {
        this.eraseWhole(node);
        return;
      }
      if (Object.hasOwn(REFUSED, node.type)) throw new Refusal(node);
      this.eraseParts(node);
      for (const child of Object.keys(node)) {
        if (child !== "loc" && child !== "extra" && child !== "implements") this.visitAll(node, child);
      }
      const inLoop = key === "init" || key === "left"; // as in for (const x of y)
      if (MAY_LACK_SEMICOLON.has(node.type) && !inLoop && this.text[node.end - 1] !== ";") {
        this.ends.push(node.end);
      }
    }

    /** Whether a whole statement or member is about types. */
    isType(node) {
      if (node.declare || WITHOUT_CODE.has(node.type)) return true;
      switch (node.type) {
        case "ImportDeclaration":
        case "TSImportEqualsDeclaration":
          return node.importKind === "type";
        case "ExportNamedDeclaration":
          return node.exportKind === "type" || node.declaration != null && this.isType(node.declaration);
        case "ExportAllDeclaration":
          return node.exportKind === "type";
        case "ExportDefaultDeclaration":
          return this.isType(node.declaration);
        case "TSModuleDeclaration":
          return node.body.type === "TSModuleBlock" && node.body.body.every((child) => this.isType(child));
        default:
          return false;
      }
    }

    /** Erases the parts of a node that are no nodes themselves. */
    eraseParts(node) {
      switch (node.type) {
        case "ImportSpecifier":
          if (node.importKind === "type") this.eraseElement(node);
          break;
        case "ExportSpecifier":
          if (node.exportKind === "type") this.eraseElement(node);
          break;
        case "ClassDeclaration":
        case "ClassExpression":
          this.eraseHeritage(node);
          break;
        case "TSAsExpression":
        case "TSSatisfiesExpression":
          this.erase(this.tokenBefore(node.typeAnnotation.start).start, node.end);
          break;
        case "TSNonNullExpression":
          this.erase(node.end - 1, node.end);
          break;
        case "VariableDeclarator":
          if (node.definite) this.eraseWord(this.tokenBefore(node.id.typeAnnotation.start), "!");
          break;
        case "Identifier":
        case "ObjectPattern":
        case "ArrayPattern":
          if (node.optional) this.eraseWord(this.tokenBefore(node.typeAnnotation ? node.typeAnnotation.start : node.end), "?");
          break;
        case "ArrowFunctionExpression":
          this.keepArrowTogether(node);
          break;
        default:
          if (MEMBERS.has(node.type)) this.eraseModifiers(node);
      }
      const first = node.params?.[0];
      if (first?.type === "Identifier" && first.name === "this") this.eraseElement(first);
    }

    eraseHeritage(node) {
      if (node.abstract) {
        this.eraseWord(this.tokenFrom(node.start), "abstract");
        this.eraseWord(this.tokenBefore(node.start), "abstract");
      }
      const types = node.implements ?? [];
      if (types.length > 0) this.erase(this.tokenBefore(types[0].start).start, types.at(-1).end);
    }

    eraseModifiers(node) {
      const first = this.index(node.start);
      for (let i = first; this.tokens[i].start < node.key.start; i++) {
        const token = this.tokens[i];
        if (MODIFIERS.has(this.word(token))) {
          this.erase(token.start, token.end);
          if (i === first) this.written.set(token.start, ";");
        }
      }
      const behind = this.index(node.key.end);
      const mark = this.tokens[node.computed ? behind + 1 : behind];
      if (node.optional) this.eraseWord(mark, "?");
      if (node.definite) this.eraseWord(mark, "!");
    }

    /**
     * Moves parentheses of an arrow function whose types span lines, because no line may end
     * between async and (, return and (, or ) and the arrow.
     */
    keepArrowTogether(node) {
      const generics = node.typeParameters;
      if (generics && this.spansLines(generics)) {
        const open = this.tokenFrom(generics.end);
        this.erase(open.start, open.end);
        this.written.set(generics.start, "(");
      }
      const result = node.returnType ?? node.predicate;
      if (result && this.spansLines({ start: this.tokenBefore(result.start).end, end: this.tokenFrom(result.end).start })) {
        const close = this.tokenBefore(result.start);
        this.erase(close.start, close.end);
        this.written.set(result.end - 1, ")");
      }
    }

    spansLines(range) {
      return /[\n\r\u2028\u2029]/.test(this.text.slice(range.start, range.end));
    }

    result() {
      this.visit(this.program, null, "");
      const ends = new Set(this.erased.map((range) => range[1]));
      for (const end of this.ends) if (ends.has(end)) this.written.set(end - 1, ";");
      this.erased.sort((a, b) => a[0] - b[0]);
      const parts = [];
      let at = 0;
      for (const [start, end] of this.erased) {
        if (end <= at) continue;
        const from = Math.max(at, start);
        parts.push(this.text.slice(at, from), this.blanks(from, end));
        at = end;
      }
      parts.push(this.text.slice(at));
      return parts.join("");
    }

    blanks(start, end) {
      let blanks = "";
      for (let i = start; i < end; i++) {
        const c = this.text[i];
        blanks += this.written.get(i) ?? (/[\n\r\u2028\u2029\t]/.test(c) ? c : " ");
      }
      return blanks;
    }
  }

  return (text) => {
    try {
      return { text: new Module(text).result() };
    } catch (e) {
      if (e instanceof RangeError) return { reason: "it is nested too deeply" };
      if (typeof e.pos !== "number") throw e;
      return { at: e.pos, reason: e.message.replace(/ \(\d+:\d+\)$/, "") };
    }
  };
}

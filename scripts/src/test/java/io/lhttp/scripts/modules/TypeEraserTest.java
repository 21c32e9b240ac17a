package io.lhttp.scripts.modules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.scripts.ScriptException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The types of a TypeScript file become blanks; syntax that makes code is refused. */
class TypeEraserTest {
  /** The numbers of blanks are compared by the length of the whole. */
  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>>",
      maxCharsPerColumn = 1_000,
      quoteCharacter = '\0',
      textBlock =
          """
          const a: number = 1;                      =>> const a         = 1;
          let b!: string, c: typeof a | null;       =>> let b         , c                ;
          function f(this: X, a?: T): a is T {}     =>> function f(         a    )         {}
          function f(this: X) {}                    =>> function f(       ) {}
          const f = <T,>(x: T): T => x;             =>> const f =     (x   )    => x;
          x = y as unknown as T; z = q! + w!.e![0]! =>> x = y                ; z = q  + w .e [0];
          x = {} satisfies T;                       =>> x = {}            ;
          new Map<string, Set<number>>();           =>> new Map                     ();
          import type { A } from './a.ts';          =>> ;
          import { type A, b } from './a.ts';       =>> import {         b } from './a.ts';
          import { type A } from './a.ts';          =>> import {        } from './a.ts';
          let b; type A = 1; export { type A, b };  =>> let b; ;           export {         b };
          export type B = { c: string };            =>> ;
          export interface B { c: string }          =>> ;
          declare const d: string;                  =>> ;
          declare enum E { A }                      =>> ;
          namespace N { type T = 1 }                =>> ;
          class A<T> extends B<T> implements C, D {} =>> class A    extends B                    {}
          abstract class A { abstract x: 1; y = 1 } =>>          class A { ;              y = 1 }
          try {} catch (e: unknown) {}              =>> try {} catch (e         ) {}
          for (const x of y as T[]) {}              =>> for (const x of y       ) {}
          o = { m<T>(a: T): T { return a } };       =>> o = { m   (a   )    { return a } };
          const s = `${a as string}`;               =>> const s = `${a          }`;
          const s = 'x as y: z', r = /a: b/;        =>> const s = 'x as y: z', r = /a: b/;
          const type = 1, declare = 2, as = 3;      =>> const type = 1, declare = 2, as = 3;
          """)
  void types_becomeBlanks(String written, String code) {
    var erased = TypeEraser.erase("f.ts", written);

    assertThat(erased.text().replace(" ", "")).isEqualTo(code.replace(" ", ""));
    assertThat(erased.text()).hasSameSizeAs(written);
    assertThat(erased.written()).isEqualTo(written);
  }

  @Test
  void members_ofAClass_keepTheirCode() {
    var erased =
        TypeEraser.erase(
                "f.ts",
                """
                class A {
                  private readonly a: number = 1
                  public static b?: string
                  declare c: number
                  d!: string
                  [key: string]: unknown
                  get: string
                  foo() {}
                  protected async *g<T>(x: T): AsyncGenerator<T> { yield x }
                  m(x: number): void
                  m(x: any) {}
                  private [w] = 1
                  readonly = 3
                }
                """)
            .text();

    assertThat(erased.lines().map(line -> line.strip().replaceAll(" +", " ")))
        .containsExactly(
            "class A {",
            "; a = 1",
            "; static b ;",
            ";",
            "d ;",
            ";",
            "get ;",
            "foo() {}",
            "; async *g (x ) { yield x }",
            ";",
            "m(x ) {}",
            "; [w] = 1",
            "readonly = 3",
            "}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>>",
      textBlock =
          """
          const x = y as any\\n(foo)                =>> const x = y      ;\\n(foo)
          type A = string\\n(foo())                 =>> ;              \\n(foo())
          foo\\ninterface B { }\\n(bar)             =>> foo\\n;              \\n(bar)
          if (a) x as any\\nelse y                  =>> if (a) x      ;\\nelse y
          class A { x = y as any\\n[z] = 1 }        =>> class A { x = y      ;\\n[z] = 1 }
          f = (a)\\n: T => a                        =>> f = (a \\n  ) => a
          f = async <\\nT>(a) => a                  =>> f = async (\\n   a) => a
          """)
  void erasedLines_keepNeighboursApart(String written, String code) {
    assertThat(TypeEraser.erase("f.ts", written.replace("\\n", "\n")).text())
        .isEqualTo(code.replace("\\n", "\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>>",
      textBlock =
          """
          x;\\n  enum E { A }                             =>> 2:3 an enum makes code
          x;\\nexport const enum E { A }                  =>> 2:8 an enum makes code
          namespace N { export const x = 1 }              =>> 1:1 a namespace makes code
          class P { constructor(private x: number) {} }   =>> 1:23 a parameter property makes code
          import x = require('x')                         =>> 1:1 'import … =' makes code
          export = x                                      =>> 1:1 'export =' makes code
          const x = <any>y                                =>> 1:11 a type in angle brackets
          @a class A {}                                   =>> 1:1 decorators are not supported
          class A { accessor x = 1 }                      =>> 1:11 'accessor' makes code
          const x: = 1                                    =>> 1:10 Unexpected token
          const x = 1 as                                  =>> 1:15 Unexpected token
          """)
  void codeProducingSyntax_isRefusedWithPosition(String written, String error) {
    var e =
        catchThrowableOfType(
            ScriptException.class,
            () -> TypeEraser.erase("filters/f.ts", written.replace("\\n", "\n")));

    assertThat("%d:%d %s".formatted(e.line(), e.column(), e.reason().replace("SyntaxError: ", "")))
        .startsWith(error);
    assertThat(e.file()).isEqualTo("filters/f.ts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\n", "\u2028", "\t"})
  void erase_typeWithLineBreaks_keepsThem(String separator) {
    var written =
        "let x: {%1$s a: string;%1$s b: 😀%1$s} = ü".formatted(separator).replace("😀", "T");

    var erased = TypeEraser.erase("f.ts", written).text();

    assertThat(erased).hasSameSizeAs(written).endsWith("= ü");
    assertThat(erased.split(separator, -1)).hasSameSizeAs(written.split(separator, -1));
  }

  @Test
  void erase_deeplyNested_isRefused() {
    var deep = "x = " + "(".repeat(100_000) + "1 as T" + ")".repeat(100_000);

    assertThat(
            catchThrowableOfType(ScriptException.class, () -> TypeEraser.erase("f.ts", deep))
                .reason())
        .isEqualTo("it is nested too deeply");
    assertThat(TypeEraser.erase("f.ts", "x as T").text()).isEqualTo("x    ;");
  }
}

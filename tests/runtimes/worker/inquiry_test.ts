import { Timeout } from "@dekka/actors";
import {
  answer,
  createWord,
  Inquiry,
  refuse,
} from "../../../runtimes/worker/inquiry.ts";
import { assertEquals, assertThrows, test } from "../../test.ts";

// Every answer is there before anybody waits for it.

test("Inquiry.ask() returns answers of any length", () => {
  const word = createWord()!;
  const inquiry = new Inquiry(word);
  const questions: number[] = [];
  for (const value of [[], ["∀".repeat(10)], ["∀".repeat(100_000)], [1]]) {
    const answered = inquiry.ask((question, memory) => {
      questions.push(question);
      answer(word, question, memory, value);
    });
    assertEquals(answered, value);
  }
  assertEquals(questions, [1, 2, 3, 4, 5]); // one of them was too long at first
});

test("Inquiry.ask() asks again until there is room for an answer that grows", () => {
  const word = createWord()!;
  const inquiry = new Inquiry(word);
  let value = "";
  const answered = inquiry.ask((question, memory) => {
    value += value === "" || value.length < 300_000 ? "x".repeat(100_000) : "";
    answer(word, question, memory, value);
  });
  assertEquals(answered, value);
  assertEquals(value.length, 300_000);
});

test("Inquiry.ask() fails with Timeout when nobody answers, and takes no late answer for another", () => {
  const word = createWord()!;
  const inquiry = new Inquiry(word, 1);
  const late: (() => void)[] = [];
  const error = assertThrows(
    () =>
      inquiry.ask((question, memory) => {
        late.push(() => answer(word, question, memory, "late"));
      }),
    Timeout,
    "Cannot look up actors",
  );
  assertEquals(error.timeout, 1);
  assertThrows(() => inquiry.ask(() => late[0]!()), Timeout);
  const answered = inquiry.ask((question, memory) => {
    late[0]!();
    answer(word, question, memory, "in time");
  });
  assertEquals(answered, "in time");
});

test("Inquiry.ask() returns at once when no more questions are answered", () => {
  const word = createWord()!;
  const inquiry = new Inquiry(word);
  assertEquals(inquiry.ask(() => refuse(word)), undefined);
  assertEquals(inquiry.ask(() => {}), undefined);
});

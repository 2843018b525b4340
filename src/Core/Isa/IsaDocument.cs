using System.Globalization;
using System.Text;

namespace Flightc.Isa;

/// <summary>
/// docs/isa.md, made from the instruction classes: the instruction set as an engineer needs it who builds it.
/// </summary>
public static class IsaDocument
{
    private const string Introduction =
        """
        # Instruction set flightc-1

        This page is normative, and made from the instruction classes in `src/Core/Isa`; do not edit it. With `docs/numerics.md` (what the
        numbers are) and `docs/memory.md` (what lies where) it says all that hardware or an executor needs to run a program.

        ## 1. Machine

        A machine has cores, numbered from 0. A core owns a run of memory channels, numbered through all cores; *n* is how many the core
        has, *channel_i* the number of its i-th, and *C* how many there are in the machine. Every core has scratch of its own, addressed by
        bytes from 0; one DDR serves all. Numbers in memory are little-endian. binary32 values in scratch lie at multiples of 4, INT64 at
        multiples of 8, u16 and binary16 at multiples of 2; codes lie anywhere.

        Every channel has two ring buffers (FIFOs) towards the matrix engine, one for weights and one for the KV cache. Their capacities,
        the page size *P*, scratch and channels are the *geometry* of a program; it runs on machines with this geometry only.

        ### 1.1 Units

        | unit | number | does |
        |---|---|---|
        | `ld` | 0 | moves memory into rings and scratch |
        | `st` | 1 | moves scratch into memory |
        | `mm` | 2 | the matrix engine: many tokens against each weight |
        | `mv` | 3 | the matrix engine: the whole array on one token |
        | `misc` | 4 | special functions |
        | `xch` | 5 | exchanges between cores |
        | `sys` | 6 | the end of a program |

        Each unit of each core has its own stream of instructions, which it executes in order, one at a time, independently of the others
        save for tokens, rings and exchanges. `mm` and `mv` are two ways to use one array; in one entry of a program each ring is emptied by
        one of the two only.

        ### 1.2 Tokens

        For every ordered pair of different units of a core there is a counter, 0 at the start of a step; 24 bits suffice. An instruction
        starts when its unit has finished the one before and every unit of its *wait* set has given at least one token not yet taken; it
        takes one from each, all at once. When it has ended, all its reads and writes done and visible to every unit, it gives one token to
        each unit of its *release* set. Nothing else orders accesses to scratch or memory.

        In a verified program, for every pair and every nest of loops, as many tokens are given as taken, so that a step leaves all counters
        at 0, whatever the lengths.

        ### 1.3 Loops and length registers

        A core has 16 length registers, R0 … R15, the same on all cores, which the host sets before a step and nothing changes in it. Each
        has a value from 0 to 2^31 - 1, which the host computes from an expression that belongs to the program: over `past` (tokens before
        the step), `tokens` (of the step), `from` (number in the step of the first token whose logits are wanted; `tokens` for none), numbers, `+ - *`,
        parentheses, `ceildiv(a, b)`, `floordiv(a, b)`, `mod(a, b)`, `min(a, b)` and `max(a, b)`.

        `loop` and `endloop` may stand in any stream and nest two deep; each stream has its own loop counters. L0 is the index of the
        outer loop, L1 of the inner; both count from 0. `sync` may stand in any stream too.

        Every field of an instruction is a constant plus affine terms: coefficients times length registers and loop indices. It is evaluated when
        the instruction starts. The value of a verified program's field lies in 0 … 2^bits - 1, with the width that its table says.

        ### 1.4 Rings

        `ld` fills rings in the order of its instructions and, once an instruction has its tokens, waits for space only; the matrix engine
        empties them in order and then waits for data only. Both work piece by piece while their instruction lasts: `ld.weights` by pages, `ld.kv` and the attention products by
        rows, weight products by tiles. So an instruction can start long before all its data has arrived, and a load longer than a
        ring goes through it while the engine empties it. A piece goes into the rings of all of a core's channels at once, as soon as
        each has room. A weight product takes tiles from each channel on its own; a tile is taken when all of it is there. An attention product
        takes a row from every channel, or, where `ld.kvmask` skipped the row, its mark from every channel.

        Rings are empty at the start of a step. What is left in weight rings at its end is padding and is dropped.

        ### 1.5 Exchanges

        The exchange streams of all cores have the same exchanges in the same order. An exchange starts when the instruction of the same number can
        start on every core, and ends on all at once, with every core seeing all results. `sync` in an exchange stream is no exchange.

        ### 1.6 A step

        The host writes the ids of the step's tokens to DDR and sets the length registers; then all streams start. A core is done when `sys.end` has
        ended, and a step when all cores are; its logits are then in DDR, a row per wanted token. `sys.end` waits, directly or
        not, for the last instruction of every other unit, save loads that nobody needs: these are cut off. The KV cache keeps its content from step
        to step. A program has two entries: *decode* for one token, and *prefill* for one or more.

        ## 2. Encoding

        An instruction is a run of 32-bit words, little-endian:

        1. The header.

           | bits | field |
           |---|---|
           | 31–28 | opcode |
           | 27–21 | wait: bit 21 + u for unit number u |
           | 20–14 | release: bit 14 + u for unit number u |
           | 13–10 | mode |
           | 9–4 | number of affine terms, 0 … 63 |
           | 3–0 | 0 |

        2. The constant parts of all fields in the order of the instruction's table, unsigned, each as wide as the table says: one bit stream that
           begins in the lowest bit of the first word, padded with 0 to a whole word.
        3. Two words for every affine term, in the order of fields: field number (from 0) in bits 31–24, source in bits 23–16 (0 … 15 are R0 … R15, 16
           is L0, 17 is L1), 0 below; then the coefficient, a signed number, not 0.

        Everything else is not an instruction. In text an instruction is its mnemonic, `wait=` and `release=` with unit names,
        and its fields as `name=constant+coefficient*source`; fields left out are 0. Example: `ld.kv wait=st addr=4096+64*L0 bytes=64 rows=R1 ; layers.0.k`.

        ## 3. Instructions

        """;

    private const string Verification =
        """

        ## 4. Verified programs

        `ProgramVerifier` accepts a program only if all of the following is proved. Its findings (FLC4001) name the instruction, and the other one
        where there are two.

        ### 4.1 At a step, under any timing

        * *Progress*: all streams end. Rings and counters have one giver and one taker, so whether everything ends does not depend on timing.
        * *Hazards*: of any two accesses to the same byte of scratch, DDR or a channel by different units or cores, one of them a write, one has
          ended before the other starts. What has ended follows from the order within a unit, from tokens (the k-th that a unit gives another is the
          k-th that this one takes) and from exchanges. That rings make their two ends wait for each other is not used. An access can happen
          at any time between the start and the end of its instruction.
        * *Within an instruction*: what it writes it does not read or write in another field; numbers and rows updated in place are the exception.
        * *Initialisation*: every byte of scratch that is read has been written in the step. Bytes added to in place (`add`, `misc.add`) without having been
          written, such as those that pad a block of rows, stay unwritten, and nothing may read them.
        * *The KV cache*: an `ld.kv` counts as reading the rows in which the product that pops them finds a past token, and no others; which
          product that is the order of the ring says. So a row that the step stores is never one that it loads, save where the product drops
          it unseen.

        Some things need no proof. Rings are queues with one product at their end, so what is popped does not depend on timing; and nothing in
        scratch survives a step. Which rows `ld.kvmask` skips is data: the proof lets it load all of them. Skipping takes and gives the same tokens, reads less, and
        leaves more room in rings while marks wait for nothing, so what ends without it ends with it.

        ### 4.2 At all lengths

        The steps tried are: `past` on both sides of every edge that registers can have (0, 1, C - 1, C, C + 1, 63, 64, half of what is
        possible, the last two), each with one token, two and as many as a step can have there; no logits and all of them; and for
        every power of two of tokens the longest past whose scores fit. For other lengths the conclusion is:

        * Where no loop count depends on a length, the order of instructions is the same in all steps.
        * Where no address or pitch in scratch or of logits depends on a length, and rows and bytes grow with it, an instruction accesses at
          one length nothing that it does not access at any longer one. Two that would meet at some length meet at the longest. (Which tokens of a step lie in
          a core's channels does depend on `past`, and so an instruction that reads them in scratch counts as reading all tokens of the step.)
        * What is read and what was written before it end at affine functions of the same registers, and where these hold on both sides of every
          edge they hold between them.

        All programs of the compiler are of that kind; of others the proof says what it says for the steps tried. Tests compare it with a proof at every length, on random programs.

        ### 4.3 What is not proved

        That a program computes what it should: one that reads the wrong bytes, but the same ones under any timing, is accepted. Comparing
        executors is what finds it. Nor is it proved that tile headers are right; `verify` reads them.

        """;

    /// <summary>The whole document.</summary>
    public static string Markdown()
    {
        StringBuilder text = new(Introduction);
        text.Append("| opcode | mode | mnemonic | words without terms | |\n|---|---|---|---|---|\n");
        foreach (Instruction instruction in InstructionSet.All)
        {
            int words = InstructionEncoding.Encode([instruction]).Length;
            Line(
                text,
                $"| {instruction.Opcode} | {instruction.Mode} | `{instruction.Mnemonic}` | {words} | {UnitOf(instruction)} |");
        }

        foreach (Instruction instruction in InstructionSet.All)
        {
            // mv.* are mm.* for one token.
            if (instruction.Opcode != MatrixTwin)
            {
                Section(text, instruction);
            }
        }

        return text.Append(Verification).ToString();
    }

    private const int MatrixTwin = 4;

    private static void Section(StringBuilder text, Instruction instruction)
    {
        bool isMatrix = InstructionSet.UnitOf(instruction) == Unit.Matrix;
        string twin = isMatrix ? $", `{InstructionSet.Create(MatrixTwin, instruction.Mode)!.Mnemonic}`" : "";
        Line(text, $"\n### `{instruction.Mnemonic}`{twin}\n");
        string unit = isMatrix
            ? $"Unit `mm`, opcode 3; unit `mv`, opcode {MatrixTwin}, where tokens is at most 1"
            : $"{Capital(UnitOf(instruction))}, opcode {instruction.Opcode}";
        Line(text, $"{unit}; mode {instruction.Mode}.\n");
        List<InstructionField> fields = InstructionField.Of(instruction);
        if (fields.Count > 0)
        {
            Line(text, $"| number | field | bits | meaning |");
            Line(text, $"|---|---|---|---|");
            for (int i = 0; i < fields.Count; i++)
            {
                Line(text, $"| {i} | `{fields[i].Name}` | {fields[i].Bits} | {fields[i].Meaning} |");
            }

            text.Append('\n');
        }

        Line(text, $"{instruction.Semantics.ReplaceLineEndings("\n")}");
    }

    private static string UnitOf(Instruction instruction) =>
        InstructionSet.UnitOf(instruction) is { } unit ? $"unit `{InstructionSet.NameOf(unit)}`" : "any unit";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}

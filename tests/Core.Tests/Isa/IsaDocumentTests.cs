using System.Text.RegularExpressions;
using Flightc.Isa;

namespace Flightc.Tests.Isa;

public sealed class IsaDocumentTests
{
    [Fact]
    public void The_instruction_set_is_documented_as_it_is()
    {
        string path = Path.Combine(TestData.Repository, "docs", "isa.md");
        string wanted = IsaDocument.Markdown();
        if (Environment.GetEnvironmentVariable("FLIGHTC_BLESS") == "1")
        {
            File.WriteAllText(path, wanted);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == wanted, "docs/isa.md is stale: run this test with FLIGHTC_BLESS=1 and look at the difference");
    }

    [Fact]
    public void Every_field_has_a_meaning_and_every_semantics_a_text()
    {
        foreach (Instruction instruction in InstructionSet.All)
        {
            Assert.NotEmpty(instruction.Semantics);
            Assert.All(InstructionField.Of(instruction), f => Assert.NotEmpty(f.Meaning));
        }
    }

    [Fact]
    public void Semantics_call_fields_by_their_names()
    {
        string[] others = ["mod", "div", "rint", "silu", "past", "tokens", "acc", "channel", .. InstructionSet.All.SelectMany(i => i.Mnemonic.Split('.'))];
        foreach (Instruction instruction in InstructionSet.All)
        {
            string[] known = [.. others, .. InstructionField.Of(instruction).Select(f => f.Name)];
            foreach (Match code in Regex.Matches(instruction.Semantics, "`[^`]*`"))
            {
                Assert.All(Regex.Matches(code.Value, "[a-z]{3,}"), word => Assert.True(known.Contains(word.Value), $"{instruction.Mnemonic}: {word.Value}"));
            }
        }
    }

    [Fact]
    public void The_example_of_the_document_parses()
    {
        string example = IsaDocument.Markdown().Split('`').Single(s => s.StartsWith("ld.kv wait=", StringComparison.Ordinal));

        LoadCache load = Assert.IsType<LoadCache>(Assembly.ParseInstruction(example));

        Assert.Equal(example, Assembly.Print(load));
    }
}

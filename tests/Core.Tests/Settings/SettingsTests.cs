using System.Text;
using Flightc.Diagnostics;
using Flightc.Recipes;
using Flightc.Settings;
using Flightc.Targets;

namespace Flightc.Tests.Settings;

public sealed class SettingsTests
{
    private const string Recipe =
        """
        name: mine
        description: for tests
        weights: {bits: 4, group: 64}
        embedding: {bits: 8, group: 64}
        head: {bits: 8, group: 64}
        method: round_to_nearest
        activations: int8
        kv_cache: int8

        """;

    [Theory]
    [InlineData("", ":1:1", "the file is empty")]
    [InlineData("# only a comment\n", ":1:1", "the file is empty")]
    [InlineData("- 1\n", ":1:1", "the file holds a list; a group of keys is wanted")]
    [InlineData("name: [1\n", ":2:1", "not valid YAML")]
    [InlineData("a: &x 1\nb: *x\n", ":1:4", "anchors and aliases")]
    [InlineData("b: *x\n", ":1:4", "anchors and aliases")]
    [InlineData("<<: *x\n", ":1:5", "anchors and aliases")]
    [InlineData("a: !!int 3\n", ":1:4", "tags (!) are not accepted")]
    [InlineData("a: 1\n---\nb: 2\n", ":2:1", "a second document begins here")]
    [InlineData("? [1]\n: 2\n", ":1:3", "a key is a list")]
    [InlineData("a: [[[[[[[[[[1]]]]]]]]]]\n", ":1:12", "nested deeper than 8")]
    [InlineData("a:\n\t- 1\n", ":1:1", "not valid YAML")]
    public void What_is_no_settings_file_is_refused_where_it_stops_being_one(string text, string place, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("mine.yaml", text);

        CompilationException e = Assert.Throws<CompilationException>(() => RecipeFile.Read(path));

        Assert.Equal(Codes.SettingsInvalid, e.Diagnostics[0].Code);
        Assert.StartsWith(message, e.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Equal(path + place, e.Diagnostics[0].Location);
    }

    [Theory]
    [InlineData("[", 60_000)]
    [InlineData("{a: ", 15_000)]
    [InlineData("- ", 30_000)]
    [InlineData("? ", 30_000)]
    [InlineData("a:\n ", 15_000)]
    [InlineData("!", 60_000)]
    [InlineData("\"", 60_000)]
    [InlineData("a: 1\n", 13_000)]
    [InlineData("x", 70_000)]
    public void A_hostile_file_is_refused_without_ado(string piece, int times)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("mine.yaml", new StringBuilder().Insert(0, piece, times).ToString());

        CompilationException e = Assert.Throws<CompilationException>(() => RecipeFile.Read(path));

        Assert.Equal(Codes.SettingsInvalid, e.Diagnostics[0].Code);
    }

    [Fact]
    public void A_file_that_is_not_utf_8_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder["mine.yaml"];
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes(Recipe), 0x23, 0xff]);

        Assert.Equal("the file is not valid UTF-8", Assert.Throws<CompilationException>(() => RecipeFile.Read(path)).Diagnostics[0].Message);
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_are_fine()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("mine.yaml", "\uFEFF" + Recipe.ReplaceLineEndings("\r\n"));

        Assert.Equal("mine", RecipeFile.Read(path).Name);
    }

    [Fact]
    public void A_key_that_stands_twice_is_reported_with_both_places()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("mine.yaml", Recipe + "method: round_to_nearest\n");

        Diagnostic only = Assert.Single(Assert.Throws<CompilationException>(() => RecipeFile.Read(path)).Diagnostics);

        Assert.Equal($"the key 'method' stands twice; first at {path}:6:1", only.Message);
        Assert.Equal($"{path}:9:1", only.Location);
    }

    [Fact]
    public void A_file_can_inherit_another_and_change_single_keys()
    {
        using TemporaryFolder folder = new();
        folder.Write("mine.yaml", Recipe);
        string path = folder.Write("other.yaml", "inherits: mine.yaml\nname: other\nweights: {bits: 3}\n");

        Recipe recipe = RecipeFile.Read(path);

        Assert.Equal(("other", "for tests", "3g64", "8g64"), (recipe.Name, recipe.Description, $"{recipe.Weights}", $"{recipe.Head}"));
    }

    [Theory]
    [InlineData("inherits: second.yaml\nname: first\n", "a file that is inherited cannot inherit")]
    [InlineData("inherits: first.yaml\nname: first\n", "'inherits' is the name of another .yaml file in the same folder")]
    [InlineData("inherits: ../third.yaml\nname: first\n", "'inherits' is the name of another .yaml file in the same folder")]
    [InlineData("inherits: [third.yaml]\nname: first\n", "'inherits' is the name of another .yaml file in the same folder")]
    [InlineData("inherits: none.yaml\nname: first\n", "there is no file 'none.yaml' beside this one to inherit")]
    public void Inheritance_goes_one_file_deep_and_stays_in_its_folder(string text, string message)
    {
        using TemporaryFolder folder = new();
        folder.Write("third.yaml", Recipe);
        folder.Write("second.yaml", "inherits: third.yaml\n");
        string path = folder.Write("first.yaml", text);

        Diagnostic first = Assert.Throws<CompilationException>(() => RecipeFile.Read(path)).Diagnostics[0];

        Assert.StartsWith(message, first.Message, StringComparison.Ordinal);
        Assert.Contains(":", first.Location[folder.Root.Length..], StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_an_inherited_file_is_reported_there()
    {
        using TemporaryFolder folder = new();
        folder.Write("mine.yaml", Recipe.Replace("method", "methods", StringComparison.Ordinal));
        string path = folder.Write("other.yaml", "inherits: mine.yaml\nname: other\n");

        IReadOnlyList<Diagnostic> found = Assert.Throws<CompilationException>(() => RecipeFile.Read(path)).Diagnostics;

        Assert.Contains(found, d => d.Code == Codes.SettingsUnknownKey && d.Location == folder["mine.yaml:6:1"]);
    }

    [Theory]
    [InlineData("chanels", "; did you mean 'channels'?")]
    [InlineData("channel", "; did you mean 'channels'?")]
    [InlineData("chnanels", "; did you mean 'channels'?")]
    [InlineData("Clock_MHz", "; did you mean 'clock_mhz'?")]
    [InlineData("clock", "; did you mean 'clock_mhz'?")]
    [InlineData("voltage", "")]
    [InlineData("", "")]
    public void A_suggestion_is_made_only_for_what_is_close(string word, string suggestion) =>
        Assert.Equal(suggestion, Suggestion.For(word, ["channels", "clock_mhz", "gib"]));

    [Fact]
    public void Whatever_is_done_to_a_file_it_is_read_or_refused_with_a_place()
    {
        using TemporaryFolder folder = new();
        string path = folder["u280.yaml"];
        byte[] valid = File.ReadAllBytes(Path.Combine(TestData.Repository, "configs", "targets", "u280.yaml"));
        Random random = new(1);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = [.. valid];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(bytes.Length);
                bytes = random.Next(4) switch
                {
                    0 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(40))..]],
                    1 => [.. bytes[..at], .. "&*!?:-[]{}|>%@`\"'\t\n#,"u8.ToArray().AsSpan(random.Next(21), 1), .. bytes[at..]],
                    2 => [.. bytes[..at], .. bytes[random.Next(at + 1)..]],
                    _ => [.. bytes[..at], (byte)random.Next(256), .. bytes[Math.Min(bytes.Length, at + 1)..]],
                };
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                TargetFile.Read(path);
            }
            catch (CompilationException e)
            {
                refused++;
                Assert.All(e.Diagnostics, d => Assert.StartsWith(path, d.Location, StringComparison.Ordinal));
            }
        }

        Assert.InRange(refused, 500, 2000);
    }
}

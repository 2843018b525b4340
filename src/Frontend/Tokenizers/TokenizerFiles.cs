using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Finds and reads the tokenizer files of a checkpoint.</summary>
internal static class TokenizerFiles
{
    private const string Json = "tokenizer.json";
    private const string VocabularyName = "vocab.json";
    private const string MergesName = "merges.txt";
    private const string RankExtension = ".tiktoken";
    private const string ModelExtension = ".model";
    private const string MistralName = "tekken.json";

    // Of SentencePiece, all three; the first is also how LLaMA 3 calls its tiktoken file.
    private static readonly string[] ModelNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

    /// <summary>The file that diagnostics should name.</summary>
    public static string Locate(string path) =>
        !Directory.Exists(path) ? path : Find(path) is [string first, ..] ? first : Path.Combine(path, Json);

    /// <summary>
    /// The files that make up the tokenizer of a folder, the best first that there is; empty for none.
    /// </summary>
    public static IReadOnlyList<string> Find(string folder)
    {
        string[][] kinds = [[Json], [VocabularyName, MergesName], .. ModelNames.Select(name => (string[])[name])];
        foreach (string[] names in kinds)
        {
            string[] files = [.. names.Select(name => Path.Combine(folder, name))];
            if (files.All(File.Exists))
            {
                return files;
            }
        }

        // Of several the first by name, which does not depend on the order of the file system.
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*" + RankExtension).Order(StringComparer.Ordinal).Take(1)]
            : [];
    }

    /// <summary>The bytes of a <c>tokenizer.json</c>, found or made.</summary>
    public static byte[] Read(string path)
    {
        string file = Locate(path);
        string name = Path.GetFileName(file);
        string folder = Path.GetDirectoryName(file) ?? "";
        if (Directory.Exists(path) && !File.Exists(file))
        {
            throw Missing(path);
        }

        if (name == VocabularyName)
        {
            string merges = Path.Combine(folder, MergesName);
            return File.Exists(file) && File.Exists(merges)
                ? new VocabularyConversion(folder, file, merges).ToJson()
                : throw Missing(folder);
        }

        if (Path.GetExtension(name) is ModelExtension or RankExtension)
        {
            // Base64 has no line break at its beginning, and a SentencePiece model always that byte.
            return TokenizerJson.ReadBytes(file) is [SentencePieceFile.FirstByte, ..]
                ? new SentencePieceConversion(folder, file).ToJson()
                : new TiktokenConversion(folder, file).ToJson();
        }

        // A file that is named itself is taken as it is.
        return Directory.Exists(path) ? new SettingsAmendment(folder, file).Read() : TokenizerJson.ReadBytes(file);
    }

    private static CompilationException Missing(string folder)
    {
        bool isMistral = File.Exists(Path.Combine(folder, MistralName));
        return new CompilationException(
            Codes.FileNotReadable,
            $"found neither {Json} nor {VocabularyName} with {MergesName} nor {ModelNames[0]} nor a {RankExtension} file",
            folder,
            isMistral
                ? $"{MistralName} is not read; the same checkpoint in the layout of the hub has {Json}"
                : $"the save_pretrained of the checkpoint's fast tokenizer writes {Json}");
    }
}

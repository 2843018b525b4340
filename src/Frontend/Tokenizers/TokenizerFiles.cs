using Flightc.Diagnostics;

namespace Flightc.Tokenizers;

/// <summary>Finds and reads the tokenizer files of a checkpoint.</summary>
internal static class TokenizerFiles
{
    private const string Json = "tokenizer.json";
    private const string VocabularyName = "vocab.json";
    private const string MergesName = "merges.txt";

    /// <summary>The file that diagnostics should name.</summary>
    public static string Locate(string path)
    {
        if (!Directory.Exists(path))
        {
            return path;
        }

        string json = Path.Combine(path, Json);
        return File.Exists(json) ? json : Path.Combine(path, VocabularyName);
    }

    /// <summary>The bytes of a <c>tokenizer.json</c>, found or made.</summary>
    public static byte[] Read(string path)
    {
        string file = Locate(path);
        if (Path.GetFileName(file) != VocabularyName)
        {
            return TokenizerJson.ReadBytes(file);
        }

        string folder = Path.GetDirectoryName(file)!;
        string merges = Path.Combine(folder, MergesName);
        if (!File.Exists(file) || !File.Exists(merges))
        {
            throw new CompilationException(
                Codes.FileNotReadable,
                $"found neither {Json} nor {VocabularyName} with {MergesName}",
                folder,
                "Where there is only a tokenizer.model, the save_pretrained of the fast tokenizer writes tokenizer.json.");
        }

        return new VocabularyConversion(folder, file, merges).ToJson();
    }
}

using System.Runtime.CompilerServices;

namespace Quern.Cli.Tests;

/// <summary>Texts that scripts parse, kept as files; <c>QUERN_GOLDEN=1</c> writes them anew, and the change is then read in the diff.</summary>
internal static class Golden
{
    public static void Matches(string name, string text, [CallerFilePath] string source = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(source)!, "golden", name);
        if (Environment.GetEnvironmentVariable("QUERN_GOLDEN") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.True(File.Exists(path), $"there is no golden text {name}: run with QUERN_GOLDEN=1");
        Assert.Equal(File.ReadAllText(path), text);
    }
}

using System.Runtime.CompilerServices;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Screens;

/// <summary>A small X program of ours, compiled once, and what a screen looks like.</summary>
internal static class XClient
{
    /// <summary>Prints the average colour of the whole screen; black where nothing was painted.</summary>
    public const string Look = "import -silent -window root png:- | convert png:- -depth 8 -scale '1x1!' txt:-";

    public const string Red = "#FF0000";

    /// <summary>Compiles the program into a folder that every account can read.</summary>
    public static async Task<string> BuildAsync(string folder, [CallerFilePath] string here = "")
    {
        string program = Path.Combine(folder, "window");
        var ran = await Shell.RunAsync("gcc", ["-O1", "-o", program, Path.Combine(Path.GetDirectoryName(here)!, "window.c"), "-lX11"]);
        Assert.True(ran.Code == 0, ran.ToString());
        return program;
    }
}

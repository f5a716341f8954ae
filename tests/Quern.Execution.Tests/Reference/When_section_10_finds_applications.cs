using System.Diagnostics;
using Quern.Execution.Tests.JobTypes;

namespace Quern.Execution.Tests.Reference;

/// <summary>Each token of AppFinder, with the application there in exactly that version, and not. Source: reference, qube-jobs 10.4.</summary>
public sealed class When_section_10_finds_applications : IDisposable
{
    private const string Script = """
        import sys, ast, platform
        from qb.backend import applications
        places = {platform.system(): {name: [sys.argv[1] + place for place in found] for name, found in applications._PLACES["Darwin"].items()}}
        try:
            print(applications.find(sys.argv[2], {"appVersion": ast.literal_eval(sys.argv[3])}, places))
        except applications.MissingApplication as missing:
            print("missing:", str(missing).split(" (")[0])

        """;

    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("__MAYA__ -r sw a.ma", "(2024,)", "/Applications/Autodesk/maya2024/Maya.app/Contents/bin/Render", "FOUND -r sw a.ma")]
    [InlineData("__NUKE__ -x a.nk", "(15, 1, 3)", "/Applications/Nuke15.1v3/Nuke15.1v3.app/Contents/MacOS/Nuke15.1", "FOUND -x a.nk")]
    [InlineData("__AE__ -project a.aep", "(2024, 0)", "/Applications/Adobe After Effects 2024/aerender", "\"FOUND\" -project a.aep")]
    [InlineData("__C4D__ -render a.c4d", "(2024,)", "/Applications/Maxon Cinema 4D 2024/Commandline.app/Contents/MacOS/Commandline", "\"FOUND\" -render a.c4d")]
    [InlineData("__C4DCL__ -render a.c4d", "(2024,)", "/Applications/Maxon Cinema 4D 2024/Commandline.app/Contents/MacOS/Commandline", "\"FOUND\" -render a.c4d")]
    [InlineData("__NUKE__ -x a.nk", "(15, 1, 4)", "/Applications/Nuke15.1v3/Nuke15.1v3.app/Contents/MacOS/Nuke15.1", "missing: this host has no NUKE 15.1.4")]
    [InlineData("render a.ma", "()", "/none", "render a.ma")]
    public void Should_put_the_application_in_place_of_its_token(string command, string version, string installed, string expected)
    {
        var path = _bench.Write("root" + installed, "");
        var start = new ProcessStartInfo("python3", [_bench.Write("run.py", Script), Path.Combine(_bench.Folder, "root"), command, version]) { RedirectStandardOutput = true };
        start.Environment["PYTHONPATH"] = Path.Combine(Environment.GetEnvironmentVariable("QUERN_ROOT")!, "python");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var python = Process.Start(start)!;
        Assert.Equal(expected.Replace("FOUND", path, StringComparison.Ordinal), python.StandardOutput.ReadToEnd().TrimEnd('\n'));
        python.WaitForExit();
    }
}

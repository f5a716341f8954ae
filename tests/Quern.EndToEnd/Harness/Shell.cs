using System.Diagnostics;
using System.Text;

namespace Quern.EndToEnd.Harness;

internal sealed record Ran(int Code, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>Output without its last line feed.</summary>
    public string Line => Output.TrimEnd('\n');

    public override string ToString() => $"exit status {Code}\n{Output}{Error}";
}

/// <summary>Runs a program to its end and keeps what it said.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    public static async Task<Ran> RunAsync(string program, IEnumerable<string> words, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var output = new MemoryStream();
        var copy = process.StandardOutput.BaseStream.CopyToAsync(output);
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', words)} did not end within {Limit.TotalSeconds} s");
        }
        await copy;
        return new Ran(process.ExitCode, output.ToArray(), await error);
    }
}

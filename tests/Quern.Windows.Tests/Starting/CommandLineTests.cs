using System.Diagnostics;
using System.Text;
using Quern.Execution.Windows;

namespace Quern.Windows.Tests.Starting;

/// <summary>Words survive the one line that Windows hands over: known cases, and a round trip through a program that tells what it got.</summary>
public sealed class CommandLineTests
{
    private const string Letters = "ab \t\"\\%^&|<>();'é";

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData(@"C:\folder\", @"C:\folder\")]
    [InlineData(@"C:\a folder\", @"""C:\a folder\\""")]
    [InlineData("say \"yes\"", @"""say \""yes\""""")]
    [InlineData(@"back\""slash", @"""back\\\""slash""")]
    public void Should_quote_a_word(string word, string line) => Assert.Equal(line, CommandLine.Of(word));

    [Fact]
    public void Should_bring_every_word_to_the_program_as_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows or Wine");
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var words = Enumerable.Range(0, 200).Select(_ => new string(random.GetItems<char>(Letters, random.Next(12)))).ToArray();
        var start = new ProcessStartInfo(Child.Program) { Arguments = CommandLine.Of(["child", "words", .. words]), UseShellExecute = false, RedirectStandardOutput = true, CreateNoWindow = true };
        using var process = Process.Start(start)!;
        var told = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries)[..^1].Select(line => Encoding.UTF8.GetString(Convert.FromHexString(line))).ToArray();
        Assert.True(words.SequenceEqual(told), $"seed {seed}: {string.Join(" | ", words.Except(told))}");
    }

    [Theory]
    [InlineData(@"C:\Windows\System32\cmd.exe", "echo \"a b\" & exit 3", @"C:\Windows\System32\cmd.exe /d /s /c ""echo ""a b"" & exit 3""")]
    [InlineData(@"C:\Program Files\PowerShell\7\pwsh.exe", "exit 3", @"""C:\Program Files\PowerShell\7\pwsh.exe"" -NoProfile -NonInteractive -Command ""exit 3""")]
    [InlineData(@"C:\tools\bash.exe", "exit 3", @"C:\tools\bash.exe -c ""exit 3""")]
    public void Should_hand_a_command_to_its_shell(string shell, string command, string line) => Assert.Equal(line, ShellCommand.Of(shell, command));
}

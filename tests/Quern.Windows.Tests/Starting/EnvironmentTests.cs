using Quern.Execution.Runs;
using Quern.Execution.Windows;

namespace Quern.Windows.Tests.Starting;

public sealed class EnvironmentTests
{
    [Fact]
    public void Should_be_sorted_without_case_and_name_each_variable_once()
    {
        var block = EnvironmentBlock.Of([new("path", "first"), new("b", "2"), new("A", "1"), new("PATH", "last"), new("_x", "3")]);
        Assert.Equal("A=1\0b=2\0PATH=last\0_x=3\0\0", block);
        Assert.Equal("\0\0", EnvironmentBlock.Of([]));
    }

    [Fact]
    public async Task Should_be_the_accounts_own_under_the_jobs_under_the_farms()
    {
        await using var farm = new WindowsFarm();
        Environment.SetEnvironmentVariable("QUERN_OF_THE_WORKER", "must not be seen");
        var launch = WindowsFarm.Launch(1, "set") with
        {
            Environment = new Dictionary<string, string> { ["mine"] = "job", ["QBJOBID"] = "job", ["SystemRoot"] = @"C:\windows" },
            FarmEnvironment = new Dictionary<string, string> { ["QBJOBID"] = "1", ["QUERN_WORKER"] = "host" },
        };
        var lines = (await farm.Output(launch)).Split('\n', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.Superset(new HashSet<string>(["mine=job", "QBJOBID=1", "QUERN_WORKER=host", "QUERN_ATTEMPT=1"], StringComparer.OrdinalIgnoreCase), lines);
        Assert.Contains(lines, line => line.StartsWith("USERPROFILE=", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(lines, line => line.Contains("must not be seen", StringComparison.Ordinal) || line.StartsWith("QUERN_WINDOWS_BIN", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("SystemRoot=", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Should_leave_out_what_belongs_to_the_submitters_logon_when_it_is_exported()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Launch(1, "set") with
        {
            IsEnvironmentExported = true,
            Environment = new Dictionary<string, string> { ["AppData"] = @"C:\Users\other", ["HOME"] = "/home/other", ["show"] = "yes" },
        };
        var text = await farm.Output(launch);
        Assert.Contains("show=yes", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("other", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_have_a_private_temporary_folder_that_ends_with_the_run()
    {
        await using var farm = new WindowsFarm();
        var folder = (await farm.Output(WindowsFarm.Launch(1, "echo %TEMP%& echo x > %TMP%\\file"))).Trim();
        Assert.Contains("quern-1.0.1-", folder, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Should_find_a_program_by_PATH_and_PATHEXT()
    {
        var folder = Directory.CreateTempSubdirectory("qw").FullName;
        File.WriteAllText(Path.Combine(folder, "tool.CMD"), "");
        var variables = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Path"] = $@"C:\none;{folder}", ["PATHEXT"] = ".EXE;.CMD" };
        Assert.Equal(Path.Combine(folder, "tool.CMD"), ProgramSearch.Find("tool", variables), ignoreCase: true);
        Assert.Equal("absent", ProgramSearch.Find("absent", variables));
        FolderRemoval.Remove(folder);
    }
}

using System.Diagnostics;
using Quern.Execution.Runs;
using Quern.Execution.SelfTests;

namespace Quern.Execution.Tests.Identity;

/// <summary>Environment, descriptors, signals and files where more than one account or a compiler is needed, by the numbers of docs/identity-tests.md.</summary>
public sealed class When_a_job_is_looked_at(RealMachine machine)
{
    [Fact]
    public async Task T35_A_preloaded_library_never_runs_as_root()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "needs gcc");
        await using var farm = new TestFarm(machine);
        var (source, library, log) = (Path.Combine(farm.Folder, "spy.c"), Path.Combine(farm.Folder, "spy.so"), Path.Combine(farm.Folder, "spy.log"));
        await File.WriteAllTextAsync(source, $$"""
            #include <fcntl.h>
            #include <stdio.h>
            #include <unistd.h>
            __attribute__((constructor)) static void spy(void)
            {
                int file = open("{{log}}", O_WRONLY | O_APPEND);
                dprintf(file, "%d %d\n", (int)getuid(), (int)geteuid());
                close(file);
            }
            """, TestContext.Current.CancellationToken);
        RealMachine.Run("gcc", $"-shared -fPIC -o {library} {source}");
        await File.WriteAllTextAsync(log, "", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(log, (UnixFileMode)0x1B6);
        await farm.Output(TestFarm.Launch(1, "id >/dev/null; id >/dev/null") with { Environment = new Dictionary<string, string> { ["LD_PRELOAD"] = library } });
        var said = (await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken)).Distinct();
        Assert.Equal(["6101 6101"], said);
    }

    [Fact]
    public async Task T39_Two_hundred_starts_at_once_share_no_descriptor()
    {
        await using var farm = new TestFarm(machine);
        var launches = Enumerable.Range(1, 200).Select(job => TestFarm.Launch(job, "readlink /proc/$$/fd/1 /proc/$$/fd/2; n=3; while [ $n -lt 10 ]; do set -- \"$@\" /proc/$$/fd/$n; n=$((n+1)); done; readlink \"$@\"")).ToList();
        launches.ForEach(farm.Host.Start);
        var pipes = new HashSet<string>();
        foreach (var launch in launches)
        {
            await farm.UntilEnded(launch.Key);
            var lines = farm.Text(launch.Key).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(2, lines.Length);
            Assert.True(pipes.Add(lines[0]) && pipes.Add(lines[1]), $"{launch.Key} shares {lines[0]} {lines[1]}");
        }
    }

    [Fact]
    public async Task T41_A_broken_pipe_ends_its_writer()
    {
        await using var farm = new TestFarm(machine);
        Assert.Equal(["141", "y"], (await farm.Output(TestFarm.Launch(1, "exec 3>&1; (yes; echo $? >&3) | head -1"))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public async Task T60_The_journal_is_out_of_every_jobs_reach()
    {
        await using var farm = new TestFarm(machine);
        var runs = Path.Combine(farm.Folder, "worker", "runs");
        await farm.Output(TestFarm.Launch(1, $"ls {runs}; cat {runs}/1.0.1/journal; ln -sf /etc/passwd {runs}/1.0.1/journal; mkfifo {runs}/1.0.1/x; echo over"));
        Assert.Equal("over\n", farm.Text(new RunKey(1, 0, 1)));
        Assert.Equal(RunEndCause.Finished, farm.End(new RunKey(1, 0, 1))!.Cause);
    }

    [Fact]
    public async Task T62_What_is_removed_for_an_account_is_removed_as_the_account()
    {
        await using var farm = new TestFarm(machine);
        var kept = $"/home/{RealMachine.Other}/kept";
        await farm.Output(TestFarm.Launch(1, "cd; umask 0; echo x >kept; chmod 777 .", RealMachine.Other));
        var output = await farm.Output(TestFarm.Launch(2, $"mkdir $HOME/a; ln -s /home/{RealMachine.Other} $HOME/a/b; mv $HOME/a $HOME/c; ln -s /home/{RealMachine.Other} $HOME/a; echo $HOME") with { Account = RealMachine.Homeless });
        Assert.True(File.Exists(kept));
        Assert.False(Path.Exists(output.Trim()));
    }

    [Fact]
    public async Task T48_What_the_runtime_itself_would_kill_is_not_all()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root, as its neighbours");
        var mark = ProbeBench.NewMark();
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"(setsid sh -c 'sleep {mark} & exit' &) ; sleep 0.3; exec sleep {mark}"]))!;
        var limit = DateTime.UtcNow.AddSeconds(20);
        while (ProbeBench.Alive("sleep\0" + mark).Count < 2 && DateTime.UtcNow < limit)
        {
            await Task.Yield();
        }

        shell.Kill(entireProcessTree: true);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        var left = ProbeBench.Alive("sleep\0" + mark);
        left.ForEach(pid => Process.GetProcessById(pid).Kill());
        Assert.Single(left);
    }
}

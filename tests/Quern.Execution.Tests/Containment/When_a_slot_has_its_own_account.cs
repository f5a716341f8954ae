using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Containment;

/// <summary>Number 59 of docs/identity-tests.md: an account per slot.</summary>
public sealed class When_a_slot_has_its_own_account(RealMachine machine)
{
    [Fact]
    public async Task T59_Nothing_of_a_run_is_left_for_the_next_one()
    {
        await using var farm = new TestFarm(machine);
        var mark = "qx59-" + Environment.ProcessId;
        var left = TestFarm.Launch(1, $"""
            mkdir -p /tmp/{mark}/sub /dev/shm/{mark}; echo x >/tmp/{mark}/sub/file; chmod 0 /tmp/{mark}/sub; echo y >/var/tmp/{mark}; ln -s /etc /tmp/{mark}/link
            ipcmk -M 4096 -S 1 -Q >/dev/null; (setsid sleep 987654 &); ipcs -m -s -q | grep -c {RealMachine.Slot0}
            """, RealMachine.Slot0);
        Assert.Equal("3\n", await farm.Output(left));
        Assert.Equal(RunEndCause.Finished, farm.End(left.Key)!.Cause);
        foreach (var path in new[] { "/tmp/", "/var/tmp/", "/dev/shm/" })
        {
            Assert.False(Path.Exists(path + mark), path + mark);
        }

        Assert.True(Directory.Exists("/etc"));
        Assert.Equal("0\n0\n", await farm.Output(TestFarm.Launch(2, $"ipcs -m -s -q | grep -c {RealMachine.Slot0}; find /proc -maxdepth 1 -user {RealMachine.Slot0} | xargs -I@ cat @/comm 2>/dev/null | grep -c sleep", RealMachine.Slot0)));
    }

    [Fact]
    public async Task T59_Slots_cannot_reach_one_another()
    {
        await using var farm = new TestFarm(machine);
        var one = TestFarm.Launch(1, "echo $$; exec sleep 1000", RealMachine.Slot0);
        farm.Host.Start(one);
        await farm.Until(() => farm.Text(one.Key).EndsWith('\n'), "the first slot's job says its number");
        var pid = farm.Text(one.Key).Trim();
        Assert.Equal("1 1\n", await farm.Output(TestFarm.Launch(2, $"kill -9 {pid} 2>/dev/null; a=$?; cat /proc/{pid}/environ >/dev/null 2>&1; echo $a $?", RealMachine.Slot1)));
        Assert.Null(farm.End(one.Key));
        farm.Host.Order(one.Key, new KillRun("over", WorkerStopping: false));
        await farm.UntilEnded(one.Key);
    }
}

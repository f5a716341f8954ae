using Quern.Execution.Accounts;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Identity;

/// <summary>Refusals, by the numbers of docs/identity-tests.md. Nothing may have been started in any of them.</summary>
public sealed class When_accounts_are_refused(RealMachine machine)
{
    private static readonly AccountPolicy Anybody = new() { MinUid = 1, AccountCheck = AccountCheck.None };

    [Theory]
    [InlineData("root", "is root")]
    [InlineData(RealMachine.RootAlias, "is root")]
    [InlineData(RealMachine.RootGroup, "root's group")]
    public Task T13_Root_its_aliases_and_its_group(string account, string cause) => RefusedAsync(account, cause, Anybody);

    [Theory]
    [InlineData(RealMachine.Low, "below worker_min_uid")]
    [InlineData("nobody", "uid 65534")]
    public Task T14_Low_accounts_and_nobody(string account, string cause) => RefusedAsync(account, cause, new AccountPolicy());

    [Fact]
    public Task T15_Unknown_users_without_another_in_their_place() => RefusedAsync("qxnosuch", "does not exist", new AccountPolicy());

    [Theory]
    [InlineData("6101")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4294967295")]
    [InlineData("0day")]
    [InlineData("")]
    [InlineData(" qxartist")]
    [InlineData("qxartist\n")]
    [InlineData("../x")]
    [InlineData("qxartist;id")]
    [InlineData("qx\0")]
    [InlineData("kümmel")]
    public async Task T16_Words_that_are_no_account_name_before_any_look_up(string account)
    {
        await using var farm = new TestFarm(machine, change: options => options with { Policy = () => Anybody });
        var launch = TestFarm.Launch(1, "touch /tmp/qx-must-not-be") with { Account = account };
        farm.Host.Start(launch);
        await farm.UntilEnded(launch.Key);
        Assert.Equal(RunEndCause.BadLogin, farm.End(launch.Key)!.Cause);
        Assert.Contains("is no account name", farm.End(launch.Key)!.Text);
        Assert.False(File.Exists("/tmp/qx-must-not-be"));
    }

    [Fact]
    public Task T16_Names_of_three_hundred_characters() => RefusedAsync(new string('a', 300), "has 300 characters", Anybody);

    [Theory]
    [InlineData(RealMachine.Expired, "has expired")]
    [InlineData(RealMachine.Locked, "is locked")]
    [InlineData(RealMachine.Due, "must change its password")]
    public Task T18_Expired_locked_and_overdue_accounts(string account, string cause) => RefusedAsync(account, cause, new AccountPolicy());

    [Theory]
    [InlineData(RealMachine.Expired)]
    [InlineData(RealMachine.Locked)]
    [InlineData(RealMachine.Due)]
    public void T18_Unless_the_host_says_not_to_check(string account)
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        Assert.IsType<AccountGranted>(AccountResolver.Resolve(account, Anybody, isProxyAccount: false));
    }

    [Fact]
    public async Task T19_Denial_beats_permission_and_the_lists_are_read_at_every_start()
    {
        await using var farm = new TestFarm(machine);
        Assert.Equal("on\n", await farm.Output(TestFarm.Launch(1, "echo on")));
        foreach (var (job, policy, cause) in new[]
        {
            (2, new AccountPolicy { AllowUsers = [RealMachine.Artist], DenyUsers = [RealMachine.Artist] }, "worker_deny_users"),
            (3, new AccountPolicy { AllowUsers = [RealMachine.Artist], DenyGroups = ["qxtwo"] }, "group 'qxtwo'"),
            (4, new AccountPolicy { AllowUsers = [RealMachine.Other] }, "neither worker_allow_users"),
        })
        {
            farm.Policy = policy;
            await farm.Output(TestFarm.Launch(job, "true"));
            Assert.Equal(RunEndCause.BadLogin, farm.End(new RunKey(job, 0, 1))!.Cause);
            Assert.Contains(cause, farm.End(new RunKey(job, 0, 1))!.Text);
        }

        farm.Policy = new AccountPolicy { AllowGroups = ["qxone"] };
        Assert.Equal("on\n", await farm.Output(TestFarm.Launch(5, "echo on")));
    }

    [Fact]
    public async Task T20_Everybody_while_nologin_is_there_and_honoured()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        const string path = "/etc/nologin";
        Assert.SkipWhen(File.Exists(path), $"{path} is there already");
        await File.WriteAllTextAsync(path, "the tests of quern are running\n", TestContext.Current.CancellationToken);
        try
        {
            await RefusedAsync(RealMachine.Artist, path, new AccountPolicy { HonorsNologin = true });
            Assert.IsType<AccountGranted>(AccountResolver.Resolve(RealMachine.Artist, Anybody, isProxyAccount: false));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task T21_Homeless_accounts_are_refused_or_given_a_private_home()
    {
        await RefusedAsync(RealMachine.Homeless, "no home folder", new AccountPolicy { RequiresHome = true });
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Launch(1, "echo $HOME; stat -c '%a %U' $HOME; mkdir $HOME/sub; chmod 0 $HOME/sub; ln -s /home $HOME/link") with { Account = RealMachine.Homeless });
        var lines = output.Split('\n');
        Assert.Matches("^/tmp/quern-[^/]*-home$", lines[0]);
        Assert.Equal("700 " + RealMachine.Homeless, lines[1]);
        Assert.False(Directory.Exists(lines[0]));
        Assert.True(Directory.Exists("/home"));
        Assert.Contains("HOME is '" + lines[0], System.Text.Encoding.UTF8.GetString(farm.Bytes(new RunKey(1, 0, 1), isError: true)));
    }

    [Fact]
    public async Task The_private_home_of_a_killed_proxy_is_removed()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, "echo $HOME; echo $TMPDIR; sleep 1000") with { Account = RealMachine.Homeless };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Count(character => character == '\n') == 2, "it has said where it lives");
        var folders = farm.Text(launch.Key).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(folders, folder => Assert.True(Directory.Exists(folder)));
        System.Diagnostics.Process.GetProcessById(farm.Bodies<RunReady>(launch.Key).Single().Pid).Kill();
        await farm.UntilEnded(launch.Key);
        farm.Host.Forget(launch.Key);
        await farm.Until(() => folders.All(folder => !Directory.Exists(folder)), "both folders are gone");
    }

    [Fact]
    public async Task T22_Shells_that_are_none_only_where_one_is_asked_for()
    {
        await RefusedAsync(RealMachine.Shellless, "/usr/sbin/nologin", new AccountPolicy { RequiresShell = true });
        await using var farm = new TestFarm(machine);
        Assert.Equal("on\n", await farm.Output(TestFarm.Launch(1, "echo on") with { Account = RealMachine.Shellless }));
    }

    [Fact]
    public void T23_A_policy_that_others_than_root_can_change()
    {
        Assert.SkipUnless(machine.IsRoot, "needs root");
        var folder = Directory.CreateTempSubdirectory("qx23");
        var file = Path.Combine(folder.FullName, "qb.conf");
        File.WriteAllText(file, "worker_min_uid = 1\n");
        File.SetUnixFileMode(file, (UnixFileMode)0x1A4);
        Assert.Null(PolicyFile.Problem(file));
        foreach (var mode in new[] { 0x1B4, 0x1A6 })
        {
            File.SetUnixFileMode(file, (UnixFileMode)mode);
            Assert.Contains("chmod go-w", PolicyFile.Problem(file));
        }

        File.SetUnixFileMode(file, (UnixFileMode)0x1A4);
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0x1FF);
        Assert.Contains("lie in a folder", PolicyFile.Problem(file));
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0x3FF);
        Assert.Null(PolicyFile.Problem(file));
        RealMachine.Run("chown", $"{RealMachine.Artist} {file}");
        Assert.Contains("belong to uid 6101", PolicyFile.Problem(file));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_name_service_that_hangs_costs_the_run_that_needs_it_and_no_other()
    {
        using var release = new ManualResetEventSlim();
        var time = new SkippingTime();
        await using var farm = new TestFarm(machine, change: options => options with
        {
            Time = time,
            Resolve = (name, policy, isProxy) =>
            {
                if (name == RealMachine.Other)
                {
                    release.Wait();
                }

                return AccountResolver.Resolve(name, policy, isProxy);
            },
        });
        var hanging = TestFarm.Launch(1, "true", RealMachine.Other);
        farm.Host.Start(hanging);
        Assert.Equal("on\n", await farm.Output(TestFarm.Launch(2, "echo on")));
        Assert.Empty(farm.Records(hanging.Key));
        time.FireDue();
        await farm.UntilEnded(hanging.Key);
        Assert.Equal(RunEndCause.BadLogin, farm.End(hanging.Key)!.Cause);
        Assert.Contains("within 30 s", farm.End(hanging.Key)!.Text);
        release.Set();
    }

    [Fact]
    public async Task The_proxy_checks_the_policy_again()
    {
        // A resolver that lets everybody pass stands for whatever may go wrong between the check and the drop.
        foreach (var (account, policy, cause) in new[]
        {
            (new Account("qxtoor", 0, 0, [0], "/root", "/bin/sh"), new AccountPolicy(), "are root's"),
            (new Account(RealMachine.Artist, 6101, 6101, [0, 6101], "/tmp", "/bin/sh"), new AccountPolicy(), "are root's"),
            (new Account("root", 6101, 6101, [6101], "/tmp", "/bin/sh"), new AccountPolicy(), "are root's"),
            (new Account(RealMachine.Low, 611, 611, [611], "/tmp", "/bin/sh"), new AccountPolicy(), "below worker_min_uid = 1000"),
            (new Account(RealMachine.Artist, 6101, 6101, [6101, 6112], "/tmp", "/bin/sh"), new AccountPolicy { DenyGroups = ["qxtwo"] }, "in group 6112"),
        })
        {
            await using var farm = new TestFarm(machine, change: options => options with { Policy = () => policy, Resolve = (_, _, _) => new AccountGranted(account, "") });
            await farm.Output(TestFarm.Launch(1, "touch /tmp/qx-must-not-be"));
            Assert.Equal(RunEndCause.BadLogin, farm.End(new RunKey(1, 0, 1))!.Cause);
            Assert.Contains("(step policy)", farm.End(new RunKey(1, 0, 1))!.Text);
            Assert.Contains(cause, farm.End(new RunKey(1, 0, 1))!.Text);
            Assert.False(File.Exists("/tmp/qx-must-not-be"));
        }
    }

    private async Task RefusedAsync(string account, string cause, AccountPolicy policy)
    {
        await using var farm = new TestFarm(machine);
        farm.Policy = policy;
        var launch = TestFarm.Frames(1, "touch /tmp/qx-must-not-be", TestFarm.Frame(1)) with { Account = account };
        farm.Host.Start(launch);
        await farm.UntilEnded(launch.Key);
        var end = farm.End(launch.Key)!;
        Assert.Equal(RunEndCause.BadLogin, end.Cause);
        Assert.Contains(cause, end.Text);
        Assert.Contains($"host '{Environment.MachineName}'", end.Text);
        Assert.DoesNotContain('\n', end.Text);
        Assert.All(farm.Records(launch.Key).Select(record => record.Body), body => Assert.True(body == end || body is RunItemReleased, $"{body}"));
        Assert.False(File.Exists("/tmp/qx-must-not-be"));
    }
}

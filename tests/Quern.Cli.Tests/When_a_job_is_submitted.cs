using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_a_job_is_submitted
{
    [Fact]
    public void A_command_alone_is_a_cmdline_job_here_and_now()
    {
        var job = Read("hostname -f");

        Assert.Equal(("cmdline", "hostname -f", null), (job.Prototype, job.Package!["cmdline"].GetString(), job.Range));
        Assert.Equal(Directory.GetCurrentDirectory(), job.Cwd);
        Assert.InRange(job.Umask!.Value, 0, 511);
        Assert.Equal((null, null, null), (job.Priority, job.Name, job.Env));
        Assert.Equal(["auto_mount"], job.Flags!);
    }

    [Fact]
    public void Every_option_has_its_place()
    {
        var job = Read("--name n --priority 5 --cpus 4 --processors 2 --range -10-10 --chunk 3 --padding 4 --binary --status blocked --flags host_list,mail "
            + "--hosts a,b --omithosts c --cluster /x --kind k --account acc --label l --notes t --user u --pid 7 --pgrp 8 --dependency link-done-job-3 --waitfor 9 "
            + "--max_cpus * --reservations license.maya --requirements host.cpus>1 --restrictions /x/+ --groups g --omitgroups h --hostorder -host.cpus --domain D --address ann@x "
            + "--p_agenda 1,5 --p_priority 2 --p_cpus 3 --preflights a --postflights b --agenda_preflights c --agenda_postflights d --prod_show s --prod_custom5 z "
            + "--timelimit 60 --agendatimelimit 30 --retrysubjob 1 --retrywork 2 --retryworkdelay 3 --env A=1 --env B=x=y --env-profile maya --cwd /tmp render QB_FRAME_NUMBER");

        Assert.Equal(("cmdrange", "-10-10", "binary", 3, 4), (job.Prototype, job.Range, job.RangeOrder, job.Chunk, job.Padding));
        Assert.Equal(("n", 5, 4, 2, "blocked"), (job.Name, job.Priority, job.Cpus, job.Processors, job.Status));
        Assert.Equal(["host_list", "mail", "auto_mount"], job.Flags!);
        Assert.Equal(("a,b", "c", "/x", "k", "acc", "l", "t"), (job.Hosts, job.Omithosts, job.Cluster, job.Kind, job.Account, job.Label, job.Notes));
        Assert.Equal(("u", 7L, 8L, "link-done-job-3", 9L), (job.User, job.Pid, job.Pgrp, job.Dependency, job.Waitfor));
        Assert.Equal((60, 30, 1, 2, 3), (job.Timelimit, job.AgendaTimelimit, job.Retrysubjob, job.Retrywork, job.RetryworkDelay));
        Assert.Equal(("*", "license.maya", "host.cpus>1", "/x/+", "g", "h", "-host.cpus"), (job.MaxCpus, job.Reservations, job.Requirements, job.Restrictions, job.Groups, job.Omitgroups, job.Hostorder));
        Assert.Equal(("D", "ann@x", "1,5", 2, 3, "s", "z"), (job.Domain, job.Mailaddress, job.PAgenda!.Range, job.PAgendaPriority, job.PAgendaCpus, job.ProdShow, job.ProdCustom5));
        Assert.Equal(("a", "b", "c", "d"), (job.Preflights, job.Postflights, job.AgendaPreflights, job.AgendaPostflights));
        Assert.Equal("maya", job.Package!["env_profile"].GetString());
        Assert.Equal(("1", "x=y", "/tmp"), (job.Env!["A"], job.Env["B"], job.Cwd));
    }

    [Fact]
    public void What_is_not_said_comes_from_the_clients_settings()
    {
        var defaults = QuernSettings.Load(null, ["client_priority=40", "client_cluster=/show", "client_account=acc", "client_restrictions=/show/+", "client_job_flags="]);

        var job = Read("true", defaults);
        var said = Read("--priority 3 --cluster / true", defaults);

        Assert.Equal((40, "/show", "acc", "/show/+", null), (job.Priority, job.Cluster, job.Account, job.Restrictions, job.Flags));
        Assert.Equal((3, "/"), (said.Priority, said.Cluster));
    }

    [Fact]
    public void The_environment_is_shipped_only_when_its_flag_is_there()
    {
        Assert.Null(Read("true").Env);
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), Read("--flags export_environment true").Env!["PATH"]);
    }

    [Fact]
    public void A_package_may_be_written_as_data()
    {
        var job = Read(["--type", "cmdline", "--data", "(=(cmdline=echo \\(hi\\))(shell=/bin/sh))"]);

        Assert.Equal(("cmdline", "echo (hi)", "/bin/sh"), (job.Prototype, job.Package!["cmdline"].GetString(), job.Package["shell"].GetString()));
    }

    [Theory]
    [InlineData("--name n", "there is no command")]
    [InlineData("--cpus many true", "--cpus many: that is not a whole number")]
    [InlineData("--env A true", "--env A: write it as NAME=VALUE")]
    [InlineData("--data cmdline=x true", "--data 'cmdline=x': at character 1 of 9: write it as")]
    public void A_fault_is_one_line(string line, string expected)
        => Assert.StartsWith(expected, Assert.Throws<UsageException>(() => Read(line)).Message, StringComparison.Ordinal);

    private static JobRequest Read(string line, QuernSettings? defaults = null) => Read(line.Split(' '), defaults);

    private static JobRequest Read(string[] words, QuernSettings? defaults = null)
    {
        var command = SubmitCommand.Make();
        return SubmitOptions.Read(OptionParser.Parse(command.Options, words, command.StopAtWord), defaults ?? QuernSettings.Load(null, []));
    }
}

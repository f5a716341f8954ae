using System.Text.Json;
using Quern.Cli.Demo;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Demo;

public sealed class When_the_demo_shows_its_progress : IDisposable
{
    private readonly StringWriter _writer = new();

    public void Dispose() => _writer.Dispose();

    [Fact]
    public void Should_say_in_a_pipe_only_what_changed()
    {
        var progress = new DemoProgress(_writer, isTerminal: false, TimeProvider.System);
        progress.Update(Job(done: 1, running: 2));
        progress.Update(Job(done: 1, running: 2));
        progress.Draw();
        progress.Update(Job(done: 2, running: 2));
        Assert.Equal("2 render: running, 1/10 done, 2 running\n2 render: running, 2/10 done, 2 running\n", _writer.ToString());
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 10, 0)]
    [InlineData(5, 2, 1)]
    [InlineData(9, 0, 1)]
    [InlineData(0, 0, 10)]
    [InlineData(10, 0, 0)]
    public void Should_draw_a_bar_that_is_always_as_long(int done, int running, int failed)
    {
        var progress = new DemoProgress(_writer, isTerminal: true, TimeProvider.System);
        progress.Update(Job(done, running, failed));
        progress.Draw();
        Assert.Equal(28, _writer.ToString().Count(cell => cell is '█' or '▒' or '░'));
    }

    [Fact]
    public void Should_draw_over_what_it_drew()
    {
        var progress = new DemoProgress(_writer, isTerminal: true, TimeProvider.System);
        progress.Update(Job(done: 1));
        progress.Draw();
        Assert.DoesNotContain("\e[1A", _writer.ToString(), StringComparison.Ordinal);
        progress.Draw();
        Assert.Contains("\e[1A", _writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_say_why_a_job_waits()
    {
        var progress = new DemoProgress(_writer, isTerminal: false, TimeProvider.System);
        progress.Update(Job() with { Status = "badlogin", Reason = "account x is locked" });
        Assert.Contains("badlogin", _writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("(account x is locked)", _writer.ToString(), StringComparison.Ordinal);
    }

    private static JobView Job(int done = 0, int running = 0, int failed = 0) => new()
    {
        Id = 2, Name = "render", Prototype = "cmdrange", User = "a", Status = "running", StatusNumber = 336, Reason = "none", Priority = 9999, Cpus = 2, Processors = 1,
        Cpustally = new Tally(), Todo = 10, Todotally = new Tally { Complete = done, Running = running, Failed = failed, Pending = 10 - done - running - failed },
        Agendastatus = "running", Subjobstatus = "running", Pgrp = 1, Pid = 0, Label = "", Cluster = "/", Groups = "", Kind = "", Account = "", Dependency = "", Range = "1-10",
        Flags = [], Package = new Dictionary<string, JsonElement>(), Env = new Dictionary<string, string>(), Cwd = "/", Sourcehost = "h", Retrysubjob = -1, Retrywork = -1, Timelimit = 0,
        AgendaTimelimit = 0, Timesubmit = 1, Timestart = 1, Timecomplete = 0, Eta = 0,
    };
}

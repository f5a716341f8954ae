using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Tests.Api;

public sealed class When_jobs_are_submitted
{
    [Fact]
    public async Task The_same_request_again_makes_no_job()
    {
        await using var farm = await TestFarm.StartAsync();
        const string body = """{"requestId":"one","jobs":[{"package":{"cmdline":"true"}},{"package":{"cmdline":"true"}}]}""";
        var first = JsonSerializer.Deserialize((await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, body)).Text, ApiJson.Default.SubmitReply)!;
        var second = JsonSerializer.Deserialize((await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, body)).Text, ApiJson.Default.SubmitReply)!;
        Assert.Equal(first.Ids, second.Ids);
        Assert.Equal((false, true), (first.Repeated, second.Repeated));
        Assert.Equal(2, (await TestFarm.JobsAsync(farm.Local, "?user=all")).Count);
    }

    [Fact]
    public async Task What_was_sent_is_shown()
    {
        await using var farm = await TestFarm.StartAsync();
        var first = await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"true"}}""");
        var id = await TestFarm.SubmitAsync(farm.Local, $$$"""{"name":"n","package":{"cmdline":"echo QB_FRAME_NUMBER"},"range":"1-10","cpus":4,"env":{"A":"b"},"flags":["mail"],"waitfor":{{{first}}},"todo":{"x":1}}""");
        var job = Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={id}&agenda=true&subjobs=true&from=2&limit=3"));
        Assert.Equal(("n", "cmdrange", 9999, 4, 10), (job.Name, job.Prototype, job.Priority, job.Cpus, job.Todo));
        Assert.Equal($"link-done-job-{first}", job.Dependency);
        Assert.Equal(("blocked", 272), (job.Status, job.StatusNumber));
        Assert.Equal(["3", "4", "5"], job.Agenda!.Select(item => item.Name));
        Assert.Equal(4, job.Subjobs!.Count);
        Assert.Equal("b", job.Env["A"]);
        Assert.Equal(1, job.Other!["todo"].GetProperty("x").GetInt32());
        Assert.Empty(Assert.Single(await TestFarm.JobsAsync(await farm.PersonAsync("alice"), $"?id={id}")).Env);
    }

    [Theory]
    [InlineData("""{}""", "cmdline is missing")]
    [InlineData("""null""", "it is null")]
    [InlineData("""{"package":{"cmdline":null}}""", "cmdline is missing")]
    [InlineData("""{"prototype":"../maya","package":{"cmdline":"x"}}""", "prototype '../maya' is no name of a job type")]
    [InlineData("""{"prototype":"cmdrange","package":{"cmdline":"x"}}""", "no frames")]
    [InlineData("""{"package":{"cmdline":"x"},"priority":0}""", "priority is 0")]
    [InlineData("""{"package":{"cmdline":"x"},"cpus":10001}""", "cpus is 10001")]
    [InlineData("""{"package":{"cmdline":"x"},"processors":1025}""", "processors is 1025")]
    [InlineData("""{"package":{"cmdline":"x"},"umask":512}""", "umask is 512")]
    [InlineData("""{"package":{"cmdline":"x"},"flags":["fast"]}""", "flag 'fast'")]
    [InlineData("""{"package":{"cmdline":"x"},"range":"1-3","items":["a"]}""", "both range and items")]
    [InlineData("""{"package":{"cmdline":"x"},"range":"1-1099511627776"}""", "1099511627776")]
    [InlineData("""{"package":{"cmdline":"x"},"range":"1-"}""", "range")]
    [InlineData("""{"package":{"cmdline":"x"},"range":"1-5","chunk":0}""", "chunk is 0")]
    [InlineData("""{"package":{"cmdline":"x"},"chunk":5}""", "need a range")]
    [InlineData("""{"package":{"cmdline":"x"},"items":[]}""", "no items")]
    [InlineData("""{"package":{"cmdline":"x"},"items":[null]}""", "empty name")]
    [InlineData("""{"package":{"cmdline":"x"},"name":"a\nb"}""", "control character")]
    [InlineData("""{"package":{"cmdline":"x"},"env":{"a=b":"c"}}""", "no name of a variable")]
    [InlineData("""{"package":{"cmdline":"x"},"env":{"a":"c\u0000"}}""", "NUL")]
    [InlineData("""{"package":{"cmdline":"x"},"cwd":"here"}""", "not absolute")]
    [InlineData("""{"package":{"cmdline":"x"},"waitfor":77}""", "job 77")]
    [InlineData("""{"package":{"cmdline":"x"},"status":"running"}""", "status 'running'")]
    [InlineData("""{"package":{"cmdline":"x"},"user":"a b"}""", "no account name")]
    [InlineData("""{"package":{"cmdline":"x"},"priority":"high"}""", "not the JSON expected")]
    public async Task A_job_that_makes_no_sense_is_refused_in_one_line(string job, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        var answer = await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, $$"""{"requestId":"r","jobs":[{{job}}]}""");
        answer.Refused(HttpStatusCode.BadRequest, part);
        Assert.Empty(await TestFarm.JobsAsync(farm.Local, "?user=all"));
    }

    [Theory]
    [InlineData("""{"requestId":"r","jobs":null}""")]
    [InlineData("""{"requestId":null,"jobs":[]}""")]
    [InlineData("""{"jobs":[]}""")]
    [InlineData("""{"requestId":"r","jobs":[{"package":{""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_body_that_is_no_submission_is_refused(string body)
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, body)).Refused(HttpStatusCode.BadRequest, "refused");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var farm = await TestFarm.StartAsync();
        var body = $$"""{"requestId":"r","jobs":[{"notes":"{{new string('x', (int)ApiRoutes.BodyBytes)}}"}]}""";
        Answer answer;
        try
        {
            answer = await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, body);
        }
        catch (HttpRequestException)
        {
            // The server may close before the client has sent it all.
            return;
        }

        answer.Refused(HttpStatusCode.RequestEntityTooLarge, "16 MiB");
    }

    [Fact]
    public async Task A_body_that_is_cut_makes_no_job()
    {
        await using var farm = await TestFarm.StartAsync();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(farm.Listener.SocketPath));
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {ApiRoutes.Jobs} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{{\"requestId\":\"r\","));
        socket.Shutdown(SocketShutdown.Send);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, deadline.Token) > 0)
        {
            // Whatever it says, then the end.
        }

        Assert.Empty(await TestFarm.JobsAsync(farm.Local, "?user=all"));
        Assert.Empty(farm.Log.Lines);
    }

    [Fact]
    public async Task Only_administrators_submit_for_others()
    {
        await using var farm = await TestFarm.StartAsync();
        const string job = """{"package":{"cmdline":"true"},"user":"bob"}""";
        var alice = await farm.PersonAsync("alice");
        (await TestFarm.PostAsync(alice, ApiRoutes.Jobs, $$"""{"requestId":"r","jobs":[{{job}}]}""")).Refused(HttpStatusCode.Forbidden, "may not submit as bob");
        await TestFarm.SubmitAsync(farm.Local, job);
        Assert.Single(await TestFarm.JobsAsync(alice, "?user=bob"));
    }

    [Fact]
    public async Task Roots_jobs_are_refused_where_every_worker_runs_jobs_as_their_submitter()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        await farm.ConnectWorkerAsync(1, "user");
        const string root = """{"requestId":"r","jobs":[{"package":{"cmdline":"true"},"user":"root"}]}""";
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, root)).Refused(HttpStatusCode.BadRequest, "--user");
        await farm.ConnectWorkerAsync(1, "proxy");
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, root)).Status);
    }
}

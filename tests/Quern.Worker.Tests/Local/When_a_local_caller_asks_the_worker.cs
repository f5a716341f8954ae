namespace Quern.Worker.Tests.Local;

public sealed class When_a_local_caller_asks_the_worker
{
    [Fact]
    public async Task Should_show_its_status()
    {
        await using var local = new PassThroughHarness();
        var answer = await local.CallAsync("GET /worker/status HTTP/1.1\r\nHost: w\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\"workerId\":3", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("how=drain", false)]
    [InlineData("how=kill", true)]
    public async Task Should_stop_as_its_owner_says(string how, bool kills)
    {
        await using var local = new PassThroughHarness();
        Assert.StartsWith("HTTP/1.1 200 ", await local.CallAsync($"POST /worker/stop?{how} HTTP/1.1\r\nHost: w\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal([kills], local.Worker.Kills);
    }

    [Fact]
    public async Task Should_show_what_a_job_would_find()
    {
        await using var local = new PassThroughHarness();
        const string body = """{"user":"ann","jobName":"shot","processors":1,"env":{"A":"1"},"flags":["convert_path"],"cwd":"","envProfile":""}""";
        var answer = await local.CallAsync($"POST /worker/environment HTTP/1.1\r\nHost: w\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"account\":\"quern\"", answer, StringComparison.Ordinal);
        var question = Assert.Single(local.Worker.Questions);
        Assert.Equal(("ann", "1", 1), (question.User, question.Env["A"], question.Processors));
    }

    [Theory]
    [InlineData("Content-Length: 4\r\n\r\nnull", "400")]
    [InlineData("Content-Length: 3\r\n\r\n{\"u", "400")]
    [InlineData("Content-Length: 21\r\n\r\n{\"user\":\"\",\"env\":{}} ", "400")]
    [InlineData("Content-Length: 99999999\r\n\r\n", "413")]
    public async Task Should_refuse_a_question_it_cannot_read(string rest, string status)
    {
        await using var local = new PassThroughHarness();
        Assert.StartsWith($"HTTP/1.1 {status} ", await local.CallAsync("POST /worker/environment HTTP/1.1\r\nHost: w\r\n" + rest), StringComparison.Ordinal);
        Assert.Empty(local.Worker.Questions);
    }

    [Theory]
    [InlineData("POST /worker/stop HTTP/1.1\r\n\r\n", "400")]
    [InlineData("POST /worker/stop?how=gently HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /worker/stop?how=kill HTTP/1.1\r\n\r\n", "404")]
    [InlineData("GET /worker/other HTTP/1.1\r\n\r\n", "404")]
    public async Task Should_refuse_what_it_does_not_know(string request, string status)
    {
        await using var local = new PassThroughHarness();
        Assert.StartsWith($"HTTP/1.1 {status} ", await local.CallAsync(request), StringComparison.Ordinal);
        Assert.Empty(local.Worker.Kills);
    }
}

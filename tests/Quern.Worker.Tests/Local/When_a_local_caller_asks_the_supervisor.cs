using Quern.Protocol.Api;

namespace Quern.Worker.Tests.Local;

public sealed class When_a_local_caller_asks_the_supervisor
{
    private const string End = "\r\n\r\n";

    [Fact]
    public async Task Should_vouch_for_the_caller_whatever_the_request_claims()
    {
        await using var local = new PassThroughHarness();
        var hearing = local.SuperviseAsync(heard => heard.Contains(End, StringComparison.Ordinal));

        var answer = await local.CallAsync("GET /api/v1/jobs?user=x HTTP/1.1\r\nHost: quern\r\nquern-user: root\r\nQUERN-USER: root\r\nConnection: X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nProxy-Connection: a\r\nAccept: */*\r\n\r\n");

        var heard = await hearing;
        Assert.Equal(
            $"GET /api/v1/jobs?user=x HTTP/1.1\r\nHost: quern\r\nAccept: */*\r\n{ApiRoutes.VouchHeader}: {PassThroughHarness.Caller}\r\nConnection: close\r\n\r\n",
            heard);
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_pass_a_body_of_known_length_and_nothing_behind_it()
    {
        await using var local = new PassThroughHarness();
        var hearing = local.SuperviseAsync(heard => heard.EndsWith("12345", StringComparison.Ordinal));

        var answer = await local.CallAsync("POST /api/v1/jobs HTTP/1.1\r\nHost: quern\r\nContent-Length: 5\r\n\r\n12345GET /api/v1/actions HTTP/1.1\r\nQuern-User: root\r\n\r\n");

        Assert.EndsWith($"Content-Length: 5\r\n{ApiRoutes.VouchHeader}: {PassThroughHarness.Caller}\r\nConnection: close\r\n\r\n12345", await hearing, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_frame_a_chunked_body_anew()
    {
        await using var local = new PassThroughHarness();
        var hearing = local.SuperviseAsync(heard => heard.EndsWith("0\r\n\r\n", StringComparison.Ordinal));

        await local.CallAsync("POST /api/v1/jobs HTTP/1.1\r\nHost: quern\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nQuern-User: root\r\n\r\n");

        var heard = await hearing;
        Assert.Contains("Transfer-Encoding: chunked\r\n", heard, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("root", heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_answer_a_caller_that_waits_to_continue()
    {
        await using var local = new PassThroughHarness();
        var hearing = local.SuperviseAsync(heard => heard.EndsWith("12345", StringComparison.Ordinal));

        var answer = await local.CallAsync("POST /api/v1/jobs HTTP/1.1\r\nHost: quern\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n12345");

        Assert.StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Expect", await hearing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST /api/v1/jobs HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "400")]
    [InlineData("POST /api/v1/jobs HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400")]
    [InlineData("POST /api/v1/jobs HTTP/1.1\r\nContent-Length: +5\r\n\r\n", "400")]
    [InlineData("POST /api/v1/jobs HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501")]
    [InlineData("GET /api/v1/jobs HTTP/1.1\r\nA: 1\nQuern-User: root\r\n\r\n", "400")]
    [InlineData("GET /api/v1/jobs HTTP/1.1\r\nA: 1\r\n Quern-User: root\r\n\r\n", "400")]
    [InlineData("GET /api/v1/jobs HTTP/1.1\r\nQuern-User : root\r\n\r\n", "400")]
    [InlineData("GET http://elsewhere/api/v1/jobs HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /api/v1/jobs HTTP/1.0\r\n\r\n", "400")]
    [InlineData("GET  /api/v1/jobs HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /other HTTP/1.1\r\n\r\n", "404")]
    [InlineData("POST /api/v1/jobs HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n", "413")]
    public async Task Should_refuse_what_could_be_read_in_two_ways_or_is_too_large(string request, string status)
    {
        await using var local = new PassThroughHarness();
        var answer = await local.CallAsync(request, endsSide: true);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("{\"error\":\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_a_head_that_does_not_end()
    {
        await using var local = new PassThroughHarness();
        var answer = await local.CallAsync("GET /api/v1/jobs HTTP/1.1\r\nX: " + new string('x', 70_000), endsSide: true);
        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_stop_a_chunked_body_that_grows_too_large_and_never_end_it_for_the_supervisor()
    {
        await using var local = new PassThroughHarness();
        var hearing = local.SwallowAsync();
        var chunk = "100000\r\n" + new string('x', 0x100000) + "\r\n";

        var answer = await local.CallAsync("POST /api/v1/jobs HTTP/1.1\r\nHost: quern\r\nTransfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat(chunk, 17)), endsSide: true);

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.False((await hearing).EndsWith("0\r\n\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("POST /api/v1/jobs HTTP/1.1\r\nHost: quern\r\nContent-Length: 50\r\n\r\n12345")]
    [InlineData("POST /api/v1/jobs HTTP/1.1\r\nHost: quern\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123")]
    public async Task Should_say_so_when_a_body_is_cut_short(string request)
    {
        await using var local = new PassThroughHarness();
        var hearing = local.SuperviseAsync(_ => false);
        var answer = await local.CallAsync(request, endsSide: true);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("cut short", answer, StringComparison.Ordinal);
        await hearing;
    }

    [Fact]
    public async Task Should_say_so_when_the_supervisor_is_away_or_silent()
    {
        await using var local = new PassThroughHarness();
        var hearing = local.SuperviseAsync(heard => heard.Contains(End, StringComparison.Ordinal), answer: "");
        Assert.StartsWith("HTTP/1.1 502 ", await local.CallAsync("GET /api/v1/jobs HTTP/1.1\r\nHost: q\r\n\r\n"), StringComparison.Ordinal);
        await hearing;

        local.StopSupervisor();
        Assert.StartsWith("HTTP/1.1 502 ", await local.CallAsync("GET /api/v1/jobs HTTP/1.1\r\nHost: q\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_a_uid_without_a_name()
    {
        await using var local = new PassThroughHarness(door => door with { NameOf = _ => null });
        var answer = await local.CallAsync("GET /api/v1/jobs HTTP/1.1\r\nHost: q\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("getent passwd", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_a_name_that_would_break_the_header()
    {
        await using var local = new PassThroughHarness(door => door with { NameOf = _ => "ann\r\nQuern-User: root" });
        Assert.StartsWith("HTTP/1.1 403 ", await local.CallAsync("GET /api/v1/jobs HTTP/1.1\r\nHost: q\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_desktop_worker_should_vouch_for_its_owner_only()
    {
        await using var local = new PassThroughHarness(door => door with { IsDesktop = true, OwnerUid = door.OwnerUid + 1 });
        var answer = await local.CallAsync("GET /api/v1/jobs HTTP/1.1\r\nHost: q\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("vouches for ann only", answer, StringComparison.Ordinal);
    }
}

using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

/// <summary>The client against a socket that answers each connection as the test says; null closes it without an answer.</summary>
public sealed class When_the_supervisor_answers_oddly : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"quern-{Guid.NewGuid():N}.sock");
    private readonly List<string> bodies = [];
    private readonly CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        deadline.Dispose();
        File.Delete(path);
    }

    [Fact]
    public async Task A_lost_reply_is_asked_for_again_with_the_same_request_id()
    {
        var served = ServeAsync(null, Answer("200 OK", """{"ids":[7],"pgrp":7,"repeated":true}"""));
        using var client = FarmClient.OfSocket(path);

        var reply = await client.SubmitAsync(new SubmitRequest { RequestId = "r1", Jobs = [new JobRequest { Name = "a" }] }, deadline.Token);

        await served;
        Assert.Equal([7], reply.Ids);
        Assert.Equal(["r1", "r1"], bodies.Select(body => JsonSerializer.Deserialize(body, ApiJson.Default.SubmitRequest)!.RequestId));
    }

    [Fact]
    public async Task A_reply_cut_short_is_asked_for_again()
    {
        var served = ServeAsync("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"ids\":", Answer("200 OK", """{"ids":[8],"pgrp":8}"""));
        using var client = FarmClient.OfSocket(path);

        Assert.Equal([8], (await client.SubmitAsync(new SubmitRequest { RequestId = "r2", Jobs = [] }, deadline.Token)).Ids);

        await served;
        Assert.Equal(2, bodies.Count);
    }

    [Fact]
    public async Task A_refusal_is_its_one_line_and_is_not_repeated()
    {
        var served = ServeAsync(Answer("400 Bad Request", """{"error":"submit: range '1-' is refused: it ends early; write 1-10"}"""));
        using var client = FarmClient.OfSocket(path);

        var refusal = await Assert.ThrowsAsync<FarmException>(() => client.SubmitAsync(new SubmitRequest { RequestId = "r3", Jobs = [] }, deadline.Token));

        await served;
        Assert.Equal(("submit: range '1-' is refused: it ends early; write 1-10", true), (refusal.Message, refusal.IsReached));
        Assert.Single(bodies);
    }

    [Theory]
    [InlineData("one\ntwo", "one two")]
    [InlineData("at character 1: wrong\n    hots.os\n    ^", "at character 1: wrong\n    hots.os\n    ^")]
    public void A_refusal_is_one_line_and_the_expression_it_is_about(string message, string shown) => Assert.Equal(shown, Complaint.Of(message));

    [Theory]
    [InlineData("502 Bad Gateway", "<html>", "the supervisor refused with status 502")]
    [InlineData("200 OK", "<html>", "the supervisor's answer does not read")]
    public async Task What_is_no_answer_of_ours_is_one_line(string status, string body, string expected)
    {
        var served = ServeAsync(Answer(status, body));
        using var client = FarmClient.OfSocket(path);

        var refusal = await Assert.ThrowsAsync<FarmException>(() => client.PingAsync(deadline.Token));

        await served;
        Assert.StartsWith(expected, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public async Task Nobody_at_the_socket_is_one_line()
    {
        using var client = FarmClient.OfSocket(path);

        var refusal = await Assert.ThrowsAsync<FarmException>(() => client.PingAsync(deadline.Token));

        Assert.StartsWith($"the supervisor behind '{path}' does not answer:", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsReached);
    }

    [Fact]
    public void A_state_nobody_serves_is_refused_with_what_to_do()
        => Assert.Equal(
            $"no supervisor serves the state '{path}': start one with quern up --state {path}",
            Assert.Throws<FarmException>(() => FarmLocation.Find(path)).Message);

    [Theory]
    [InlineData("farm", "farm", 50001)]
    [InlineData("farm:7", "farm", 7)]
    [InlineData("[::1]:7", "::1", 7)]
    public void A_supervisors_name_may_have_a_port(string text, string host, int port) => Assert.Equal((host, port), FarmLocation.Split(text));

    private static string Answer(string status, string body) => $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";

    private Task ServeAsync(params string?[] answers)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return Task.Run(async () =>
        {
            using (listener)
            {
                foreach (var answer in answers)
                {
                    using var connection = await listener.AcceptAsync(deadline.Token);
                    bodies.Add(await ReadBodyAsync(connection));
                    if (answer is not null)
                    {
                        await connection.SendAsync(Encoding.UTF8.GetBytes(answer), deadline.Token);
                    }
                }
            }
        });
    }

    private async Task<string> ReadBodyAsync(Socket connection)
    {
        var text = "";
        var buffer = new byte[4096];
        while (true)
        {
            var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head >= 0)
            {
                var length = text[..head].Split("\r\n").Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(line => int.Parse(line["Content-Length:".Length..])).FirstOrDefault();
                if (text.Length >= head + 4 + length)
                {
                    return text[(head + 4)..];
                }
            }

            var count = await connection.ReceiveAsync(buffer, deadline.Token);
            Assert.NotEqual(0, count);
            text += Encoding.UTF8.GetString(buffer, 0, count);
        }
    }
}

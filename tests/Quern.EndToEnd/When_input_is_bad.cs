using System.Net.Sockets;
using System.Text;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

/// <summary>One sentence, exit status 1 or 2, and nothing changed.</summary>
public sealed class When_input_is_bad(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Theory]
    [InlineData("qbsub --nonsense true")]
    [InlineData("qbsub")]
    [InlineData("qbsub --priority high true")]
    [InlineData("qbsub --range 1-10x0 true")]
    [InlineData("qbsub --range 1-10x true")]
    [InlineData("qbsub --range 0-1099511627775 true")]
    [InlineData("qbsub --range 1-99999999999999999999999 true")]
    [InlineData("qbsub --dependency link-complete-job-999999 true")]
    [InlineData("qbsub --dependency link-complete-jobA true")]
    [InlineData("qbsub --waitfor 999999 true")]
    [InlineData("qbkill 999999")]
    [InlineData("qbkill 12x")]
    [InlineData("qbjobs 999999")]
    [InlineData("qbout 999999")]
    [InlineData("qbhist 999999")]
    [InlineData("qbretry 999999.0")]
    public async Task Should_say_one_line_and_change_nothing(string line)
    {
        string[] words = line.Split(' ');
        int before = (await Farm.Reader.JobsAsync()).Count;
        var ran = await Farm.RunAsync(words[0], words[1..]);
        Assert.True(ran.Code is 1 or 2, $"{line}: {ran}");
        Assert.True(ran.Error.TrimEnd('\n').Split('\n').Length == 1 && ran.Error.Length > 10, $"{line}: {ran}");
        Assert.DoesNotContain("   at ", ran.Error, StringComparison.Ordinal);
        Assert.Equal(before, (await Farm.Reader.JobsAsync()).Count);
    }

    [Fact]
    public async Task Should_refuse_a_body_that_is_too_large()
    {
        using var content = new StreamContent(new Zeros(300L * 1024 * 1024));
        content.Headers.ContentType = new("application/json");
        try
        {
            using var reply = await Farm.Reader.PostAsync("/api/v1/jobs", content);
            Assert.True((int)reply.StatusCode is 400 or 413, $"{reply.StatusCode}");
        }
        catch (HttpRequestException)
        {
            // The supervisor closed the connection while we were still sending.
        }
        await ServesAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"requestId\":\"a\",\"jobs\":[]}")]
    [InlineData("{\"requestId\":\"b\",\"jobs\":[{\"prototype\":\"non/sense\"}]}")]
    [InlineData("{\"requestId\":\"c\",\"jobs\":[{\"prototype\":\"cmdline\",\"package\":{\"cmdline\":\"true\"},\"priority\":-4}]}")]
    [InlineData("{\"requestId\":\"d\",\"jobs\":[{\"prototype\":\"cmdline\",\"package\":{\"cmdline\":\"true\"},\"cpus\":0}]}")]
    public async Task Should_refuse_a_submission_that_makes_no_sense(string body)
    {
        int before = (await Farm.Reader.JobsAsync()).Count;
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var reply = await Farm.Reader.PostAsync("/api/v1/jobs", content);
        Assert.Equal(400, (int)reply.StatusCode);
        Assert.Contains("\"error\"", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(before, (await Farm.Reader.JobsAsync()).Count);
    }

    [Fact]
    public async Task Should_forget_a_body_that_was_cut_short()
    {
        int before = (await Farm.Reader.JobsAsync()).Count;
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Farm.Ready("supervisor").Socket!));
            await socket.SendAsync(Encoding.ASCII.GetBytes("POST /api/v1/jobs HTTP/1.1\r\nHost: quern\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"requestId\":"));
        }
        await ServesAsync();
        Assert.Equal(before, (await Farm.Reader.JobsAsync()).Count);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0garbage")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001broken hello")]
    public async Task Should_send_a_peer_away_that_does_not_speak_tls(string words)
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", Farm.Ready("supervisor").Port!.Value);
            await client.Client.SendAsync(Encoding.Latin1.GetBytes(words));
            client.Client.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                while (await client.Client.ReceiveAsync(buffer, limit.Token) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // A reset is as good an answer.
            }
        }
        await ServesAsync();
    }

    private async Task ServesAsync() => Assert.Equal("supervisor", (await Farm.Reader.PingAsync()).Role);

    /// <summary>A body of any length without the memory for it.</summary>
    private sealed class Zeros(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int now = (int)Math.Min(_left, count);
            buffer.AsSpan(offset, now).Fill((byte)' ');
            _left -= now;
            return now;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

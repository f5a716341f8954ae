using System.IO.Pipes;
using System.Security.Principal;
using System.Text;
using Quern.Client;
using Quern.Execution.Windows;

namespace Quern.Windows.Tests.Local;

public sealed class LocalPipeTests
{
    private static string NewPath() => $@"\\.\pipe\quern-test-{Guid.NewGuid():N}";

    private static async Task<NamedPipeClientStream> Call(string path, byte word, CancellationToken token)
    {
        var client = new NamedPipeClientStream(".", LocalPipe.NameOf(path)!, PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);
        await client.ConnectAsync(token);
        await client.WriteAsync(new[] { word }, token);
        return client;
    }

    [Fact]
    public async Task Should_know_who_calls_and_answer_one_after_the_other()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows or Wine");
        var token = TestContext.Current.CancellationToken;
        var path = NewPath();
        using var pipe = new LocalPipe(path);
        pipe.Open();
        for (byte word = 1; word <= 3; word++)
        {
            var accepting = pipe.AcceptAsync(token);
            await using var client = await Call(path, word, token);
            await using var server = await accepting;
            var heard = new byte[1];
            await server.ReadExactlyAsync(heard, token);
            var caller = LocalPipe.CallerOf(server);
            Assert.Equal((Environment.UserName, WindowsIdentity.GetCurrent().User!.Value, true), (caller.Account, caller.Sid, caller.IsOwn));
            Assert.Equal((uint)Environment.ProcessId, LocalPipe.ProcessIdOf(server));
            await server.WriteAsync(heard, token);
            await client.ReadExactlyAsync(heard, token);
            Assert.Equal(word, heard[0]);
        }
    }

    [Fact]
    public async Task Should_serve_a_client_of_the_farm()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows or Wine");
        var token = TestContext.Current.CancellationToken;
        var path = NewPath();
        using var pipe = new LocalPipe(path);
        pipe.Open();
        using var client = FarmClient.OfSocket(path);
        var calling = client.CallWorkerAsync(HttpMethod.Get, "/worker/status", token);
        await using var server = await pipe.AcceptAsync(token);
        var head = new byte[16];
        await server.ReadExactlyAsync(head, token);
        Assert.StartsWith("GET /worker/stat", Encoding.ASCII.GetString(head), StringComparison.Ordinal);
        await server.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"u8.ToArray(), token);
        Assert.Equal("{}", await calling);
    }
}

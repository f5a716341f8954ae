using System.Text;
using System.Text.Json;
using Quern.Protocol.Api;
using Quern.Worker.Local;

namespace Quern.Worker.Dual;

/// <summary>Where a desktop worker asks the machine's service worker for the host: one request whose answer is lines, for as long as the loan lasts.</summary>
/// <param name="uid">Of the person; the kernel says who calls.</param>
internal sealed class LoanDoor(HostLender lender, string person, uint uid, string version)
{
    private const int MostRequestBytes = 16 * 1024;
    private static readonly byte[] Head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"u8.ToArray();

    /// <exception cref="BadRequestException">Nothing was answered yet: the caller is to be told this instead.</exception>
    public async Task ServeAsync(HttpHead head, RequestReader request, Stream caller, PeerCredentials peer, CancellationToken stoppingToken)
    {
        if (peer.Uid != uid)
        {
            throw new BadRequestException(403, $"this machine lends itself to the desktop worker of {person} only, and uid {peer.Uid} asks: see 'quern worker mode'");
        }

        var asked = await ReadAsync(head, request, stoppingToken).ConfigureAwait(false);
        if (asked.Version != version)
        {
            throw new BadRequestException(409, $"this desktop worker is version {asked.Version} and the machine's service version {version}: start it again from the installed programs");
        }

        await caller.WriteAsync(Head, stoppingToken).ConfigureAwait(false);
        using var turn = new SemaphoreSlim(1);
        var ask = new LoanAsk(peer.Pid, asked.CertificateRequest, line => WriteAsync(caller, line, turn, stoppingToken));
        var leaving = LeaveAsync(request, ask, stoppingToken);
        try
        {
            if (lender.Ask(ask) is { } refusal)
            {
                await ask.RefuseAsync(refusal).ConfigureAwait(false);
            }

            await Task.WhenAny(leaving, ask.Over).ConfigureAwait(false);
        }
        finally
        {
            ask.Leave();
        }
    }

    private static async Task<LoanRequest> ReadAsync(HttpHead head, RequestReader request, CancellationToken token)
    {
        if (head.Body != BodyKind.Length || head.BodyLength > MostRequestBytes)
        {
            throw new BadRequestException(413, $"the request for the host is larger than {MostRequestBytes / 1024} KiB or has no length");
        }

        using var body = new MemoryStream();
        await request.CopyBodyAsync(head, body, token).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(body.ToArray(), ApiJson.Default.LoanRequest) is { Version: not null, CertificateRequest: not null } asked
                ? asked
                : throw new BadRequestException(400, "the request for the host leaves out what it must have: start the desktop worker from the installed programs");
        }
        catch (JsonException failure)
        {
            throw new BadRequestException(400, $"the request for the host is not understood: {failure.Message}");
        }
    }

    private static async Task LeaveAsync(RequestReader request, LoanAsk ask, CancellationToken token)
    {
        try
        {
            await request.WaitForEndAsync(token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone the hard way is gone.
        }

        ask.Leave();
    }

    /// <summary>To somebody who may have left, or does not read: that is seen elsewhere.</summary>
    private static async Task WriteAsync(Stream caller, LoanLine line, SemaphoreSlim turn, CancellationToken token)
    {
        try
        {
            await turn.WaitAsync(token).ConfigureAwait(false);
            try
            {
                await caller.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(line, ApiJson.Default.LoanLine) + "\n"), token).ConfigureAwait(false);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Its end of the connection tells.
        }
    }
}

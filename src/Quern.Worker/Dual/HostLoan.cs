using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Quern.Protocol.Api;
using Quern.Worker.Link;
using Quern.Worker.Local;

namespace Quern.Worker.Dual;

/// <summary>
/// The host, lent to this desktop worker: what it is in the farm for as long as the connection to the machine's service worker lasts. The key is made here and is never
/// written. Thread-safe.
/// </summary>
internal sealed class HostLoan : IAsyncDisposable
{
    private readonly LoanLines _lines;
    private readonly ECDsa _key;
    private readonly long _since;
    private readonly CancellationTokenSource _giveBack = new();
    private readonly Task _reading;
    private volatile WorkerIdentity _identity;

    private HostLoan(LoanLines lines, ECDsa key, LoanLine lent, long since)
    {
        (_lines, _key, _since) = (lines, key, since);
        Name = lent.Name ?? throw new RefusalException("the machine's service did not say what it is called in the farm: install the same Quern on both");
        WorkerId = lent.WorkerId;
        Supervisor = SupervisorAddress.Parse(lent.Supervisor ?? "") ?? throw new RefusalException($"the machine's service names no supervisor ('{lent.Supervisor}'): install the same Quern on both");
        _identity = Identity(lent);
        _reading = ReadAsync();
    }

    /// <summary>What the worker is called in the farm.</summary>
    public string Name { get; }

    public int WorkerId { get; }

    public SupervisorAddress Supervisor { get; }

    /// <summary>With the newest certificate.</summary>
    public WorkerIdentity Identity() => _identity;

    /// <summary>Completes when the service worker has taken the host back, or is gone.</summary>
    public Task Ended => _reading;

    /// <summary>As the desktop worker shows it.</summary>
    public DualView View(string owner) => new() { User = owner, Holder = "desktop", Since = _since, Why = "the machine's service has lent it to this worker" };

    /// <summary>Asks once, and waits until the service worker has ended what it runs.</summary>
    /// <param name="told">What there is to know meanwhile: one line.</param>
    /// <exception cref="RefusalException">It is not lent: the service worker's sentence.</exception>
    /// <exception cref="LoanUnansweredException">Nobody answers, or not any more: asking again may help.</exception>
    public static async Task<HostLoan> AskAsync(string socketPath, string version, Action<string> told, TimeProvider clock, CancellationToken stoppingToken)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        LoanLines? lines = null;
        try
        {
            lines = await LoanLines.OpenAsync(socketPath, new LoanRequest { Version = version, CertificateRequest = new CertificateRequest("CN=desktop", key, HashAlgorithmName.SHA256).CreateSigningRequestPem() }, stoppingToken).ConfigureAwait(false);
            while (await lines.NextAsync(stoppingToken).ConfigureAwait(false) is { } line)
            {
                switch (line.State)
                {
                    case "lent":
                        var loan = new HostLoan(lines, key, line, clock.GetUtcNow().ToUnixTimeMilliseconds());
                        (lines, key) = (null, null!);
                        return loan;
                    case "refused":
                        throw new LoanUnansweredException(line.Text);
                    default:
                        told(line.Text);
                        break;
                }
            }

            throw new LoanUnansweredException("the machine's service ended while this worker waited for the host");
        }
        finally
        {
            if (lines is not null)
            {
                await lines.DisposeAsync().ConfigureAwait(false);
            }

            key?.Dispose();
        }
    }

    /// <summary>Gives the host back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _giveBack.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _lines.DisposeAsync().ConfigureAwait(false);
        _giveBack.Dispose();
        _key.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _lines.NextAsync(_giveBack.Token).ConfigureAwait(false) is { } line)
            {
                if (line.State == "lent")
                {
                    _identity = Identity(line);
                }
            }
        }
        catch (Exception failure) when (failure is LoanUnansweredException or RefusalException or OperationCanceledException)
        {
            // The end of the connection is the end of the loan, whatever it came from.
        }
    }

    private WorkerIdentity Identity(LoanLine line)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(line.Certificate);
            return new WorkerIdentity(certificate.CopyWithPrivateKey(_key), X509Certificate2.CreateFromPem(line.Authority));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new RefusalException($"the certificate that the machine's service handed over cannot be used: {failure.Message}; install the same Quern on both", failure);
        }
    }
}

/// <summary>Nobody lends the host now: one line. Asked again it may be.</summary>
internal sealed class LoanUnansweredException : Exception
{
    public LoanUnansweredException(string text)
        : base(text)
    {
    }

    public LoanUnansweredException(string text, Exception cause)
        : base(text, cause)
    {
    }
}

/// <summary>The connection to the service worker: a request, and an answer in lines that ends with it.</summary>
internal sealed class LoanLines : IAsyncDisposable
{
    private const int MostAnswerBytes = 64 * 1024;
    private const int Conflict = 409, NoSuchThing = 404, Forbidden = 403;

    private readonly HttpClient _client;
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private LoanLines(HttpClient client, HttpResponseMessage response, Stream answer) => (_client, _response, _reader) = (client, response, new StreamReader(answer));

    public static async Task<LoanLines> OpenAsync(string socketPath, LoanRequest request, CancellationToken token)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectCallback = (_, stop) => LocalDialer.OpenAsync(socketPath, stop) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MostAnswerBytes,
        };
        HttpResponseMessage? response = null;
        try
        {
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, ApiJson.Default.LoanRequest));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var message = new HttpRequestMessage(HttpMethod.Post, new Uri("http://worker" + ApiRoutes.LocalWorkerLoan)) { Content = content };
            response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw await RefusedAsync(response, token).ConfigureAwait(false);
            }

            var lines = new LoanLines(client, response, await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false));
            (client, response) = (null, null);
            return lines;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
        {
            throw new LoanUnansweredException($"the machine's service does not answer at {socketPath}: {(failure.InnerException ?? failure).Message}; see 'systemctl status quern-worker'", failure);
        }
        finally
        {
            response?.Dispose();
            client?.Dispose();
        }
    }

    /// <summary>The next line; null at the end.</summary>
    /// <exception cref="LoanUnansweredException">The connection broke, or what came is no line.</exception>
    public async Task<LoanLine?> NextAsync(CancellationToken token)
    {
        try
        {
            return await _reader.ReadLineAsync(token).ConfigureAwait(false) is { } line ? JsonSerializer.Deserialize(line, ApiJson.Default.LoanLine) : null;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or JsonException)
        {
            throw new LoanUnansweredException($"the machine's service is gone: {failure.Message}", failure);
        }
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _response.Dispose();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What asking again does not change is final: another version, another person, a machine that is not in dual mode.</summary>
    private static async Task<Exception> RefusedAsync(HttpResponseMessage response, CancellationToken token)
    {
        var text = JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false), ApiJson.Default.ProblemReply)?.Error ?? $"the machine's service refuses the host: HTTP {(int)response.StatusCode}";
        return (int)response.StatusCode is Conflict or NoSuchThing or Forbidden ? new RefusalException(text) : new LoanUnansweredException(text);
    }
}

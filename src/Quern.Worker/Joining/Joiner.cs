using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Quern.Protocol.Api;
using Quern.Worker.Link;
using Quern.Worker.Local;

namespace Quern.Worker.Joining;

/// <summary>Who joins, as the supervisor is told.</summary>
internal sealed record JoinFacts(string Name, string Mode, string Owner);

/// <summary>
/// Makes a worker a member of a farm: a key is made here and never leaves, its certificate comes from the supervisor's authority. With a token the
/// authority is compared with the token's fingerprint before anything secret is sent; through the state's own socket the kernel proves both ends.
/// </summary>
internal static class Joiner
{
    private const int MostReplyBytes = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task WithTokenAsync(JoinToken token, JoinFacts facts, WorkerRecord record, CancellationToken stoppingToken)
    {
        using var authority = await FindAuthorityAsync(token, stoppingToken).ConfigureAwait(false);
        using var client = Client(token.Supervisor, FarmTls.Options(authority, own: null, token.Supervisor.Host));
        await AskAsync(client, $"https://{token.Supervisor}", token, facts, token.Supervisor.ToString(), record, stoppingToken).ConfigureAwait(false);
    }

    public static async Task WithSocketAsync(string socketPath, JoinFacts facts, WorkerRecord record, CancellationToken stoppingToken)
    {
        using var client = LocalClient(socketPath);
        await AskAsync(client, "http://localhost", token: null, facts, socketPath, record, stoppingToken).ConfigureAwait(false);
    }

    private static async Task AskAsync(
        HttpClient client, string origin, JoinToken? token, JoinFacts facts, string where, WorkerRecord record, CancellationToken stoppingToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={facts.Name}", key, HashAlgorithmName.SHA256);
        var body = new JoinRequest
        {
            Token = token?.Text,
            Name = facts.Name,
            CertificateRequest = request.CreateSigningRequestPem(),
            Mode = facts.Mode,
            Owner = facts.Owner,
        };
        try
        {
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Default.JoinRequest));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await client.PostAsync(new Uri(origin + ApiRoutes.WorkerJoin), content, stoppingToken).ConfigureAwait(false);
            var text = await response.Content.ReadAsByteArrayAsync(stoppingToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw new RefusalException($"the supervisor at {where} does not let this worker join: {Problem(text, (int)response.StatusCode)}");
            }

            var reply = JsonSerializer.Deserialize(text, ApiJson.Default.JoinReply) ?? throw new JsonException("it is empty");
            var address = SupervisorAddress.Parse(reply.Address) ?? throw new JsonException($"'{reply.Address}' is not HOST:PORT");
            using var authority = Certificate(reply.Authority);
            if (token is not null && FarmTls.Fingerprint(authority) != token.AuthoritySha256)
            {
                throw new RefusalException($"the supervisor at {where} answered with another authority than its token names: ask who runs it before joining");
            }

            record.Save(key.ExportPkcs8PrivateKeyPem(), reply.Certificate, reply.Authority, address, reply.WorkerId);
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or IOException or CryptographicException || IsTimeout(failure, stoppingToken))
        {
            throw Unreachable(where, failure);
        }
    }

    /// <summary>
    /// The authority whose fingerprint the token has: from the certificates of the handshake, or else asked for on that connection, to which nothing
    /// secret was said.
    /// </summary>
    private static async Task<X509Certificate2> FindAuthorityAsync(JoinToken token, CancellationToken stoppingToken)
    {
        var presented = new List<X509Certificate2>();
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = token.Supervisor.Host,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                presented.Add(X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData()));
                presented.AddRange((chain?.ChainPolicy.ExtraStore ?? []).Select(extra => X509CertificateLoader.LoadCertificate(extra.RawData)));
                return true;
            },
        };
        try
        {
            using var client = Client(token.Supervisor, options);
            using var response = await client.GetAsync(new Uri($"https://{token.Supervisor}{ApiRoutes.WorkerAuthority}"), stoppingToken).ConfigureAwait(false);
            var authority = presented.FirstOrDefault(certificate => FarmTls.Fingerprint(certificate) == token.AuthoritySha256)
                ?? Certificate(await response.Content.ReadAsStringAsync(stoppingToken).ConfigureAwait(false));
            if (FarmTls.Fingerprint(authority) == token.AuthoritySha256 && FarmTls.IsServerOf(authority, presented[0]))
            {
                return authority;
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || IsTimeout(failure, stoppingToken))
        {
            throw Unreachable(token.Supervisor.ToString(), failure);
        }
        catch (CryptographicException)
        {
            // What came is no certificate: the sentence below is right for it.
        }

        throw new RefusalException(
            $"who answers at {token.Supervisor} is not the supervisor this token is of (another authority): check the address, and make a new token with 'quern worker token'");
    }

    private static HttpClient Client(SupervisorAddress address, SslClientAuthenticationOptions tls)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectTimeout = Patience,
            SslOptions = tls,
        };
        return new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MostReplyBytes, BaseAddress = new Uri($"https://{address}") };
    }

    private static HttpClient LocalClient(string socketPath)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = (_, token) => LocalDialer.OpenAsync(socketPath, token),
        };
        return new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MostReplyBytes };
    }

    private static X509Certificate2 Certificate(string pem) =>
        PemEncoding.TryFind(pem, out var fields)
            ? X509CertificateLoader.LoadCertificate(Convert.FromBase64String(pem[fields.Base64Data]))
            : throw new CryptographicException("no certificate");

    private static string Problem(byte[] body, int status)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ApiJson.Default.ProblemReply)?.Error ?? $"HTTP {status}";
        }
        catch (JsonException)
        {
            return $"HTTP {status} {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 200)))}".Trim();
        }
    }

    private static bool IsTimeout(Exception failure, CancellationToken stoppingToken) =>
        failure is OperationCanceledException && !stoppingToken.IsCancellationRequested;

    private static RefusalException Unreachable(string where, Exception failure)
    {
        var cause = failure;
        while (cause.InnerException is not null)
        {
            cause = cause.InnerException;
        }

        var why = failure is OperationCanceledException ? $"no answer in {Patience.TotalSeconds:0} s" : cause.Message;
        return new RefusalException($"joining failed: the supervisor at {where} cannot be asked: {why}; see that it runs and is reached from here, then try again", failure);
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Quern.Supervisor.Tests.Mails;

/// <summary>A mail server of the tests: real sockets, STARTTLS with a certificate of its own, AUTH PLAIN. Keeps what it is sent.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 certificate;
    private readonly CancellationTokenSource ending = new();
    private readonly Task running;

    public SmtpSink()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow.AddDays(1));
        certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        listener.Start();
        running = Task.Run(RunAsync);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;
    public List<string> Messages { get; } = [];

    /// <summary>What AUTH PLAIN said, decoded.</summary>
    public List<string> Logons { get; } = [];

    /// <summary>Answers to the next RCPT commands; none left = 250.</summary>
    public Queue<string> Refusals { get; } = [];
    public bool WasEncrypted { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await running;
        listener.Stop();
        certificate.Dispose();
        ending.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(ending.Token);
                await ServeAsync(client.GetStream());
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Stream stream)
    {
        await SayAsync(stream, "220 sink");
        while (await ReadLineAsync(stream) is { } line)
        {
            var verb = line.Split(' ')[0].ToUpperInvariant();
            if (verb == "STARTTLS")
            {
                await SayAsync(stream, "220 go");
                var secure = new SslStream(stream);
                await secure.AuthenticateAsServerAsync(certificate);
                (stream, WasEncrypted) = (secure, true);
                continue;
            }

            await SayAsync(stream, verb switch
            {
                "EHLO" => WasEncrypted ? "250-sink\r\n250 AUTH PLAIN" : "250-sink\r\n250 STARTTLS",
                "AUTH" => Keep(line),
                "RCPT" when Refusals.TryDequeue(out var refusal) => refusal,
                "DATA" => "354 send",
                "QUIT" => "221 bye",
                _ => "250 ok",
            });
            if (verb == "DATA")
            {
                var text = new StringBuilder();
                while (await ReadLineAsync(stream) is { } part && part != ".")
                {
                    text.Append(part).Append('\n');
                }

                lock (Messages)
                {
                    Messages.Add(text.ToString());
                }

                await SayAsync(stream, "250 kept");
            }
            else if (verb == "QUIT")
            {
                return;
            }
        }
    }

    private string Keep(string line)
    {
        Logons.Add(Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[2])));
        return "235 welcome";
    }

    private async Task SayAsync(Stream stream, string line) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), ending.Token);

    private async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, ending.Token) == 1)
        {
            if (one[0] == '\n')
            {
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(one[0]);
        }

        return null;
    }
}

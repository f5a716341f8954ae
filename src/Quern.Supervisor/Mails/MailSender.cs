using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Quern.Supervisor.Passwords;

namespace Quern.Supervisor.Mails;

/// <param name="Failure">Null = the server has it; else why not, one line.</param>
/// <param name="IsFinal">Trying again would end the same way.</param>
internal sealed record MailResult(string? Failure, bool IsFinal);

/// <summary>Hands one message to the mail server, in a connection of its own.</summary>
/// <param name="trust">For tests: whether a certificate that the system does not trust is taken.</param>
internal sealed class MailSender(MailSettings settings, PasswordSeal seal, Func<bool>? trust = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public MailSettings Settings => settings;

    /// <param name="dialogue">Gets every line of both sides, but for secrets; null = nobody wants them.</param>
    public async Task<MailResult> SendAsync(MimeMessage message, Stream? dialogue, CancellationToken cancellationToken)
    {
        if (settings.Host.Length == 0)
        {
            return new MailResult("mail_host is not set", IsFinal: true);
        }

        try
        {
            using var client = dialogue is null ? new SmtpClient() : new SmtpClient(new ProtocolLogger(dialogue, leaveOpen: true));
            client.Timeout = (int)Patience.TotalMilliseconds;
            client.CheckCertificateRevocation = false;

            // Encryption that nobody asked for and that protects no password need not prove whom it speaks to, as between mail servers.
            client.ServerCertificateValidationCallback = (_, _, _, errors) =>
                errors == SslPolicyErrors.None || (settings.Connection == MailConnection.Default && settings.User.Length == 0) || trust?.Invoke() == true;
            await client.ConnectAsync(settings.Host, settings.PortInForce, OptionsOf(settings), cancellationToken).ConfigureAwait(false);
            if (settings.User.Length > 0 && await LogOnAsync(client, cancellationToken).ConfigureAwait(false) is { } fault)
            {
                return new MailResult(fault, IsFinal: false);
            }

            await client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            await client.DisconnectAsync(quit: true, cancellationToken).ConfigureAwait(false);
            return new MailResult(null, IsFinal: true);
        }
        catch (SmtpCommandException exception)
        {
            // 5xx: the server has looked at it and will not have it.
            return new MailResult($"{settings.Host} answers {(int)exception.StatusCode} {OneLine(exception.Message)}", (int)exception.StatusCode >= 500 && exception.ErrorCode != SmtpErrorCode.UnexpectedStatusCode);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ProtocolException or AuthenticationException or SslHandshakeException or TimeoutException or NotSupportedException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new MailResult($"{settings.Host}:{settings.PortInForce}: {OneLine(exception.Message)}", IsFinal: false);
        }
    }

    private static SecureSocketOptions OptionsOf(MailSettings settings) => settings.Connection switch
    {
        MailConnection.Ssl => SecureSocketOptions.SslOnConnect,
        MailConnection.Tls => SecureSocketOptions.StartTls,
        MailConnection.Default => settings.User.Length > 0 && settings.Host is not ("localhost" or "127.0.0.1" or "::1") ? SecureSocketOptions.StartTls : SecureSocketOptions.StartTlsWhenAvailable,
    };

    private async Task<string?> LogOnAsync(SmtpClient client, CancellationToken cancellationToken)
    {
        using var secret = seal.ForMail(settings.Password, settings.User, out var fault);
        if (secret is null)
        {
            return $"mail_password cannot be used: {fault}; make it with 'qbhash --account {settings.User}'";
        }

        await client.AuthenticateAsync(Encoding.UTF8, new NetworkCredential(settings.User, Encoding.UTF8.GetString(secret.Utf8())), cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static string OneLine(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
}

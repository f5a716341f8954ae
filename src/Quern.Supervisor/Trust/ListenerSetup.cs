using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Quern.Configuration;
using Quern.Protocol.Link;

namespace Quern.Supervisor.Trust;

/// <param name="Address">To listen on; null = every address of the host.</param>
/// <param name="Port">0 = any free one.</param>
/// <param name="SocketPath">Of the local socket.</param>
internal sealed record ListenerOptions(IPAddress? Address, int Port, string SocketPath);

/// <summary>
/// The supervisor's two doors. The TCP port speaks TLS only; a client that asks for <c>worker.quern</c> must have a worker's certificate, nobody
/// else is asked for one. The local socket speaks plain HTTP/1.1, because there the kernel says who calls.
/// </summary>
internal static partial class ListenerSetup
{
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(10);

    public static void Configure(KestrelServerOptions kestrel, ListenerOptions options, Authority authority, ILogger logger)
    {
        kestrel.AddServerHeader = false;
        File.Delete(options.SocketPath);
        kestrel.ListenUnixSocket(options.SocketPath, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => ServeLocalAsync(connection, next, logger));
        });
        if (options.Address is null)
        {
            kestrel.ListenAnyIP(options.Port, listen => Secure(listen, authority, logger));
        }
        else
        {
            kestrel.Listen(options.Address, options.Port, listen => Secure(listen, authority, logger));
        }
    }

    /// <summary>Lets everybody call the socket; after the server has started.</summary>
    public static void OpenSocket(ListenerOptions options)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(options.SocketPath, StateFolder.SocketMode);
        }
    }

    private static void Secure(ListenOptions listen, Authority authority, ILogger logger)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => async connection =>
        {
            await next(connection).ConfigureAwait(false);
            if (connection.Features.Get<Peer>() is null)
            {
                LogNoHandshake(logger, connection.RemoteEndPoint);
            }
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakePatience,
            OnConnection = context => ValueTask.FromResult(Choose(context, authority, logger)),
        });
        listen.Use(next => connection =>
        {
            var certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
            connection.Features.Set(new Peer { Proof = certificate is null ? null : authority.ProofOf(certificate) });
            return next(connection);
        });
    }

    private static SslServerAuthenticationOptions Choose(TlsHandshakeCallbackContext context, Authority authority, ILogger logger)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = authority.ServerCertificate,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (context.ClientHelloInfo.ServerName == LinkLimits.ServerName)
        {
            var from = context.Connection.RemoteEndPoint;
            options.ClientCertificateRequired = true;
            options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                if (certificate is X509Certificate2 peer && authority.ProofOf(peer) is not null)
                {
                    return true;
                }

                LogForeign(logger, from, certificate?.Subject ?? "none");
                return false;
            };
        }

        return options;
    }

    private static async Task ServeLocalAsync(ConnectionContext connection, ConnectionDelegate next, ILogger logger)
    {
        if (Peer.FromSocket(connection.Features.Get<IConnectionSocketFeature>()) is not { } peer)
        {
            LogUnknownLocal(logger);
            connection.Abort();
            return;
        }

        connection.Features.Set(peer);
        await next(connection).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "connection from {From} closed: it made no TLS handshake")]
    private static partial void LogNoHandshake(ILogger logger, EndPoint? from);

    [LoggerMessage(Level = LogLevel.Warning, Message = "worker link from {From} refused: its certificate ({Subject}) is not one of this farm or is over; join the worker again")]
    private static partial void LogForeign(ILogger logger, EndPoint? from, string subject);

    [LoggerMessage(Level = LogLevel.Warning, Message = "connection on the local socket closed: the kernel did not say whose it is")]
    private static partial void LogUnknownLocal(ILogger logger);
}

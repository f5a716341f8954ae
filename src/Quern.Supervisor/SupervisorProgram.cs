using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Quern.Configuration;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Protocol.Link;
using Quern.Store;
using Quern.Supervisor.Api;
using Quern.Supervisor.Link;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Mails;
using Quern.Supervisor.Output;
using Quern.Supervisor.Passwords;
using Quern.Supervisor.Policies;
using Quern.Supervisor.Retention;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor;

/// <summary>The supervisor, put together from top to bottom: settings, state, farm, loop, doors; then it serves until TERM or a failed store.</summary>
internal static partial class SupervisorProgram
{
    public static string Version { get; } = typeof(SupervisorProgram).Assembly.GetName().Version!.ToString(3);

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(SupervisorOptions options)
    {
        var time = TimeProvider.System;
        var state = StateFolder.Resolve(options.State);
        var reread = new SupervisorSettings(ConfigFile(options, state), options.Settings);
        var settings = reread.Current;
        var folder = state.CreateRoleFolder(StateFolder.SupervisorRole);
        var socket = state.CreateRunFolder(StateFolder.SupervisorRole);
        using var store = SqliteStore.Open(folder);
        using var authority = Authority.OpenOrCreate(folder, state.RunFolder, time);
        using var seal = PasswordSeal.Open(folder);
        var farmOptions = FarmSettings.Read(settings);
        var farm = Farm.Load(store.Load(), farmOptions, FarmLoop.ReadClock(time));

        var leftMails = farm.Mails.ToList();
        var administrators = new Administrators();
        administrators.Load(farm);
        FarmLoop? loop = null;
        await using var output = new OutputLog(Path.Combine(folder, "output"), (run, position, bytes) => loop!.Tell((f, now) => f.OutputDurable(run, position, bytes, now)), time);
        output.CutBack(farm);
        var sessions = new LinkSessions(settings.Int("supervisor_kill_grace_seconds"), seal);
        var sink = new TurnSink(output, sessions, administrators);
        await using var owned = loop = new FarmLoop(farm, store, sink, time);
        await using var feed = sink.Feed = new FeedHub(loop, time);
        var sender = new MailSender(MailSettings.Read(settings), seal);
        await using var mailer = sink.Mailer = new Mailer(loop, sender, leftMails, Dns.GetHostName(), time);

        var address = settings.Text("supervisor_address") is { Length: > 0 } named ? named : Dns.GetHostName();
        var listeners = new ListenerOptions(null, settings.Int("supervisor_port"), socket);
        await using var app = Build(loop, output, sessions, authority, seal, listeners, reread, WorkersFile(options, settings));
        var central = app.Services.GetRequiredService<CentralSettings>();
        await central.StartAsync(CancellationToken.None).ConfigureAwait(false);
        var port = new Lazy<int>(() => PortOf(app));
        var guard = SubmitGuard.Read(settings, app.Logger);
        await loop.Ask((f, _) => f.JobPolicy = guard, CancellationToken.None).ConfigureAwait(false);
        var api = new ApiOptions
        {
            Name = Dns.GetHostName(), Address = address, Version = Version, Port = () => port.Value, MaxAgendaItems = farmOptions.MaxAgendaItems,
            MaxInstances = farmOptions.MaxInstances, Jobs = JobDefaults.Read(settings), SubmitPolicy = guard,
            VouchingHosts = settings.List("supervisor_vouch"), Administrators = administrators, Settings = reread, Time = time,
        };
        var warming = Task.Run(() => Warmup.Run(api));
        ApiEndpoints.Map(app, loop, new OutputReader(output, loop), store, feed, authority, central, seal, api);
        var retentionLog = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Quern.Supervisor.Retention");
        await using var sweeper = new RetentionSweeper(loop, store, output.Folder, () => RetentionSettings.Read(reread.Current), time, retentionLog);
        RetentionEndpoints.Map(app, loop, sweeper, time);
        app.MapPost(ApiRoutes.MailTest, new MailEndpoints(loop, sender, Dns.GetHostName(), time).TestAsync);
        app.MapGrpcService<LinkService>();
        app.Lifetime.ApplicationStopping.Register(sessions.CloseAll);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;

            // A signal handler does not wait; what is wrong with the file is logged.
            _ = Task.Run(() => central.RereadAsync(app.Lifetime.ApplicationStopping));
        });
        if (options.EndsWithInput)
        {
            _ = Task.Run(async () =>
            {
                await Console.OpenStandardInput().CopyToAsync(Stream.Null).ConfigureAwait(false);
                app.Lifetime.StopApplication();
            });
        }

        await app.StartAsync().ConfigureAwait(false);
        await warming.ConfigureAwait(false);
        ListenerSetup.OpenSocket(listeners);
        foreach (var warning in settings.Warnings)
        {
            LogSetting(app.Logger, warning);
        }

        sweeper.Start();
        LogServing(app.Logger, Version, state.Root, settings.File ?? "no file", address, port.Value, socket);
        Announce(state, options, new ReadyFile { Role = StateFolder.SupervisorRole, Pid = Environment.ProcessId, Address = address, Port = port.Value, State = state.Root, Socket = socket, CaSha256 = authority.Fingerprint });
        try
        {
            return await ServeAsync(app, loop, output).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(state.ReadyPath(StateFolder.SupervisorRole));
        }
    }

    /// <summary>With a state of its own a supervisor reads no file of the machine.</summary>
    private static string? ConfigFile(SupervisorOptions options, StateFolder state)
    {
        const string Machine = "/etc/qb.conf";
        return options.Config ?? Environment.GetEnvironmentVariable("QB_CONF") ?? ((options.State is null || state.IsMachine) && File.Exists(Machine) ? Machine : null);
    }

    /// <summary>The central file that is named; else the machine's, where there is one, but not for a supervisor with a state of its own.</summary>
    private static string? WorkersFile(SupervisorOptions options, QuernSettings settings)
    {
        const string Machine = "/etc/qbwrk.conf";
        var hasOwnState = options.State is not null || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("QUERN_STATE"));
        return settings.Text("supervisor_worker_configfile") is { Length: > 0 } named ? Path.GetFullPath(named) : !hasOwnState && File.Exists(Machine) ? Machine : null;
    }

    private static WebApplication Build(FarmLoop loop, OutputLog output, LinkSessions sessions, Authority authority, PasswordSeal seal, ListenerOptions listeners, SupervisorSettings settings, string? workersFile)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd HH:mm:ss ";
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning);
        builder.Services.AddSingleton(loop).AddSingleton(output).AddSingleton(sessions);
        builder.Services.AddSingleton(services => new CentralSettings(loop, sessions, seal, workersFile, services.GetRequiredService<ILoggerFactory>().CreateLogger("Quern.Supervisor.Settings")));
        builder.Services.AddSingleton(services => new HostAdmission(services.GetRequiredService<CentralSettings>(), () => settings.Current.Text(HostAdmission.Setting)));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = LinkLimits.MessageBytes);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = ApiRoutes.BodyBytes;
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
            kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
            kestrel.Limits.MinRequestBodyDataRate = null;
            ListenerSetup.Configure(kestrel, listeners, authority, kestrel.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Quern.Supervisor.Listener"));
        });
        return builder.Build();
    }

    private static int PortOf(WebApplication app)
        => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Where(text => text.StartsWith("http", StringComparison.Ordinal) && !text.Contains("unix:", StringComparison.Ordinal))
            .Select(text => new Uri(text.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal)).Port).First();

    private static void Announce(StateFolder state, SupervisorOptions options, ReadyFile ready)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(ready, ApiJson.Default.ReadyFile);
        StateFolder.WriteWhole(state.ReadyPath(StateFolder.SupervisorRole), bytes, StateFolder.SharedFile);
        if (options.ReadyFile is { } path)
        {
            StateFolder.WriteWhole(Path.GetFullPath(path), bytes, StateFolder.SharedFile);
        }

        ServiceNotice.Ready();
    }

    private static async Task<int> ServeAsync(WebApplication app, FarmLoop loop, OutputLog output)
    {
        var stopped = app.WaitForShutdownAsync();
        var failed = Task.WhenAny(loop.Failed, output.Failed);
        if (await Task.WhenAny(stopped, failed).ConfigureAwait(false) == stopped)
        {
            LogStopped(app.Logger);
            return 0;
        }

        LogFailed(app.Logger, failed.Result.Result.Message);
        await app.StopAsync().ConfigureAwait(false);
        return 1;
    }

    [LoggerMessage(1, LogLevel.Information, "quern-supervisor {Version} serves the state {State} (settings: {Settings}) at https://{Address}:{Port} and {Socket}")]
    private static partial void LogServing(ILogger logger, string version, string state, string settings, string address, int port, string socket);

    [LoggerMessage(4, LogLevel.Warning, "{Warning}")]
    private static partial void LogSetting(ILogger logger, string warning);

    [LoggerMessage(2, LogLevel.Information, "stopped")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(3, LogLevel.Critical, "stopped, nothing more is accepted: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}

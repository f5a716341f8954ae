namespace Quern.Cli.Local;

/// <summary>What has a word of <c>quern</c> and no name of Qube: mostly what is done on this machine itself rather than asked of the farm.</summary>
internal static class LocalCommands
{
    public static Func<string[], CancellationToken, Task<int>>? Find(string name) => name switch
    {
        "demo" => Demo.DemoCommand.RunAsync,
        "up" => UpCommand.RunAsync,
        "supervisor" => SupervisorCommand.RunAsync,
        "config" => ConfigCommand.RunAsync,
        "worker" => WorkerCommand.RunAsync,
        "env" => EnvCommand.RunAsync,
        "retention" => Administration.RetentionCommand.RunAsync,
        _ => null,
    };
}

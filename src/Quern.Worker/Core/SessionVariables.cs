namespace Quern.Worker.Core;

/// <summary>What of the environment a desktop worker was started with belongs to its owner's session: the way to the display, and nothing else.</summary>
internal static class SessionVariables
{
    private static readonly string[] Names = ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"];

    public static IReadOnlyDictionary<string, string> Of(Func<string, string?> environment) =>
        Names.Select(name => (Name: name, Value: environment(name))).Where(pair => !string.IsNullOrEmpty(pair.Value)).ToDictionary(pair => pair.Name, pair => pair.Value!);
}

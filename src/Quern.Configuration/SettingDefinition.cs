namespace Quern.Configuration;

public enum SettingType { Text, Integer, Seconds, Choice, List }

/// <summary>One setting: everything that parsing, checking, help and documents need to know of it.</summary>
/// <param name="Default">As it would be written in qb.conf.</param>
/// <param name="Who">supervisor, worker, client or all.</param>
/// <param name="IsPolicy">Local only: neither the supervisor nor anybody else can change it for a worker.</param>
/// <param name="NoEffect">Why setting it changes nothing here though Qube has it; null = it is in force.</param>
/// <param name="Choices">For <see cref="SettingType.Choice"/>.</param>
public sealed record SettingDefinition(string Name, SettingType Type, string Default, string Who, string Text, bool IsPolicy = false, IReadOnlyList<string>? Choices = null, int Min = int.MinValue, int Max = int.MaxValue, string? NoEffect = null)
{
    /// <summary>Null when <paramref name="value"/> fits, else what is wrong with it.</summary>
    public string? Check(string value) => Type switch
    {
        SettingType.Integer or SettingType.Seconds => !int.TryParse(value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? $"'{value}' is not a number"
            : number < Min || number > Max ? $"{number} is outside {Min} to {Max}" : null,
        SettingType.Choice => Choices!.Contains(value) ? null : $"'{value}' is none of {string.Join(", ", Choices!)}",
        SettingType.Text or SettingType.List => value.Any(c => char.IsControl(c) && c != '\n') ? "it holds a control character" : null,
    };
}

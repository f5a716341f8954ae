using System.Globalization;

namespace Quern.Core.Expressions;

/// <summary>
/// A value of an expression: text that may be a number. Texts are compared without regard to case; two values are compared as numbers when both are.
/// </summary>
public readonly record struct ExpressionValue
{
    private readonly string? _text;
    private readonly double? _number;

    public ExpressionValue(double number) => _number = number;

    public ExpressionValue(string text)
    {
        _text = text;
        _number = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>What a name stands for that nobody has set.</summary>
    public static ExpressionValue None => new("");

    public static ExpressionValue Of(bool value) => new(value ? 1 : 0);

    public string Text => _text ?? _number?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>0 for text that is no number.</summary>
    public double Number => _number ?? 0;

    /// <summary>Zero and empty text are not.</summary>
    public bool IsTrue => _number is { } number ? number != 0 : Text.Length > 0;

    /// <summary>Negative, zero or positive.</summary>
    public int CompareTo(ExpressionValue other) =>
        _number is { } a && other._number is { } b ? a.CompareTo(b) : string.Compare(Text, other.Text, StringComparison.OrdinalIgnoreCase);

    /// <summary>This is one of the other's words, which commas separate.</summary>
    public bool IsIn(ExpressionValue list)
    {
        foreach (var range in list.Text.AsSpan().Split(','))
        {
            if (new ExpressionValue(list.Text[range].Trim()).CompareTo(this) == 0 && Text.Length > 0)
            {
                return true;
            }
        }

        return false;
    }
}

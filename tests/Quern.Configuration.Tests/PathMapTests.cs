namespace Quern.Configuration.Tests;

public sealed class PathMapTests
{
    [Theory]
    [InlineData("\"/mnt/a\" = \"/vol/a\"\n\"/mnt/b\" = \"/vol/b\"")]
    [InlineData("\"/mnt/a\" : \"/vol/a\",\n\"/mnt/b\" : \"/vol/b\",")]
    [InlineData("\"/mnt/a\":\"/vol/a\", \"/mnt/b\"=\"/vol/b\"")]
    [InlineData("/mnt/a = /vol/a\n /mnt/b = /vol/b,")]
    public void Both_spellings_are_read_in_order(string text)
        => Assert.Equal([("/mnt/a", "/vol/a"), ("/mnt/b", "/vol/b")], PathMap.Parse(text));

    [Fact]
    public void Backslashes_in_quotes_are_doubled()
        => Assert.Equal([(@"\\server\share", @"X:\"), ("P:", "")], PathMap.Parse("\"\\\\\\\\server\\\\share\" = \"X:\\\\\"\n\"P:\" : \"\""));

    [Theory]
    [InlineData("\"a\"")]
    [InlineData("\"a\" \"b\"")]
    [InlineData("a : b")]
    [InlineData("\"a = \"b\"")]
    [InlineData("\"a\" = \"b")]
    [InlineData("\"a\" = \"b\" c")]
    [InlineData("= b")]
    public void Anything_else_is_refused(string text) => Assert.Contains("is not of the form", PathMap.Check(text), StringComparison.Ordinal);
}

/// Parts of a whole as people read them.
public enum Percentage {
    /// Like `33.3 %`; `0.0 %` of nothing.
    public static func text(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "0.0 %" }
        let tenths = Int((Double(part) * 1000 / Double(whole)).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

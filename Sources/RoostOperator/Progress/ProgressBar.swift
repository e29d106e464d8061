/// A bar that fills from the left.
public enum ProgressBar {
    /// A bar of `width` columns; full only when all is done.
    public static func text(done: Int, of total: Int, width: Int) -> String {
        let share = total > 0 ? Double(min(max(done, 0), total)) / Double(total) : 1
        let filled = Int(share * Double(width))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    }
}

/// Names in a sentence.
public enum NameList {
    /// Like `n1`, `n1 and n2`, `n1, n2 and n3`.
    public static func text(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}

"""How much text stands out from what is behind it."""

CONTRAST = """
const luminance = color => { const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(value => {
  value /= 255; return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const back = element => { for (; element; element = element.parentElement) {
  const color = getComputedStyle(element).backgroundColor;
  if (!color.endsWith(", 0)") && color !== "transparent") return color; } return "rgb(255, 255, 255)"; };
return arguments[0].map(element => { const pair = [getComputedStyle(element).color, back(element)].map(luminance);
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05); });
"""

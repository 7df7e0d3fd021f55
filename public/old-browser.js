// Run by browsers that do not know modules, instead of the page.
document.getElementById('root').textContent = 'This browser is too old for Hotplug Lab: any current Firefox, Chrome, Edge or Safari will do.';
